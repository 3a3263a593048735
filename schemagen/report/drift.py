"""temporary"""


def drift_lines(found):
    for f in found.findings:
        yield f"{f.kind} {f.place}: {f.what} [{f.count}/{f.of}{'' if f.exact else ' at most'}] {f.declared} blinds={[d.name[:30] + ('~' if d.partly else '') for d in f.blinded]} -> {f.remedy} {(f.waiver and 'WAIVED') or ''}"
    yield f"{len(found.findings)} findings, {len(found.failing)} failing; {found.tests} tests {found.unsure} unsure {found.messages_before} {found.messages} {found.remarks}"
