r"""How often a needle is found where it means nothing.

Evidence keeps no values, so this rests on what values of logs look like everywhere: `\windows\` is
in every path, `.exe` in every name of a program. All else is the rarer the longer it is.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from schemagen.detections.necessary import NeedleForm

if TYPE_CHECKING:
    from schemagen.detections.necessary import Needle

_NEARLY_ALWAYS = r"""
c:\windows\system32\ c:\windows\explorer.exe \software\microsoft\windows\currentversion\
hklm\software\microsoft\windows nt\currentversion\ hklm\system\currentcontrolset\services\
hku\s-1-5-21- .exe .dll .sys .com http https:// www. true false - 0x0 nt authority\system
c:\windows\system32\ntdll.dll+9c584|c:\windows\system32\kernelbase.dll+305fe|unknown(0
c:\windows\system32\kernel32.dll+1 sha1= md5= sha256= imphash= process key file token security
\device\harddiskvolume2\ microsoft corporation microsoft® windows® operating system success
createkey deletekey setvalue createvalue deletevalue renamekey allow awsapicall us-east-1
"""
_OFTEN = r"""
c:\windows\syswow64\ c:\program files (x86)\microsoft c:\program files\ \appdata\local\temp\
c:\windows\system32\svchost.exe c:\windows\system32\lsass.exe c:\windows\system32\services.exe
c:\windows\system32\cmd.exe c:\windows\system32\windowspowershell\v1.0\powershell.exe \appdata\
\software\microsoft\windows\currentversion\internet settings\zonemap\ c:\windows\assembly\
c:\users\administrator\appdata\roaming\ binary data dword (0x00000001) dword (0x00000000) (empty)
0x1fffff 0x1000 0x1400 0x1410 0x1010 443 80 53 135 445 88 389 5985 tcp udp -1-0-0 ::1 127.0.0.1
kerberos ntlm negotiate failure root null new- get- set- -command function
"""
_BUSY_PROGRAMS = frozenset({"explorer.exe", "svchost.exe"})
_SYSMON = {"1", "3", "7", "10", "11", "12", "13", "22", "23"}
_SECURITY = {"4624", "4656", "4663", "4673", "4688", "5145", "5156", "5158"}
BUSY_KINDS = frozenset({*_SYSMON, *_SECURITY, "4103", "4104"})
"""Ids of the events of Windows that come most often: of Sysmon, of the Security log, PowerShell."""
_EACH = 0.35
_RAREST = 0.0002
_WORD = 3
"""Texts up to this length say little."""


@cache
def weight(needle: Needle) -> float:
    """Return the share of the values in which a needle is found by chance, about, at most 1."""
    text, size = needle.text, len(needle.text)
    if needle.form is NeedleForm.LAST:
        return 0.05 if text in _BUSY_PROGRAMS else _RAREST / 2
    if text in _NEARLY_ALWAYS:
        return 1.0
    if text in _OFTEN:
        return 0.1
    if needle.form is NeedleForm.WHOLE:
        return _RAREST / 2 if size > _WORD else 0.05
    if not text.isascii():
        return _RAREST
    return min(1.0, max(_EACH**size, _RAREST) * (1 if size > _WORD else 4))
