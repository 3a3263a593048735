"""The Kafka client's configuration, from options, files, the environment and the project file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemagen.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from schemagen.project.model import Project

BOOTSTRAP = "bootstrap.servers"
_BOOTSTRAP_VARIABLE = "SCHEMAGEN_BOOTSTRAP_SERVERS"
_PREFIX = "SCHEMAGEN_KAFKA_"
# librdkafka's other name for it: two names for one setting would escape the precedence.
_ALIASES = {"metadata.broker.list": BOOTSTRAP}

_SECRET = re.compile(r"password|secret|jaas|\.pem$")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def is_secret(key: str) -> bool:
    """Return whether a property's value is a secret, by the property's name."""
    return _SECRET.search(key.lower()) is not None


def is_variable(text: str) -> bool:
    """Return whether a text is a `${NAME}` and nothing else."""
    return _VARIABLE.fullmatch(text) is not None


def check_variables(text: str) -> bool:
    """Return whether each `${` of a text begins a `${NAME}`."""
    return "${" not in _VARIABLE.sub("", text)


def filled_in(text: str, what: str, project: Project, environ: Mapping[str, str]) -> str:
    """Put the values of the environment in the place of each `${NAME}` of a text.

    Args:
        text: the text.
        what: what the text is the value of, for messages.
        project: the project that says so.
        environ: the environment.

    Raises:
        InputError: a variable isn't set.

    """

    def value(variable: re.Match[str]) -> str:
        name = variable[1]
        if not environ.get(name):
            raise InputError(
                f"The environment variable {name} is not set, but {project.path} needs it for"
                f" {what}.",
                f"Set {name}, or give the property by an option.",
            )
        return environ[name]

    return _VARIABLE.sub(value, text)


def kafka_config(
    project: Project,
    *,
    bootstrap: str | None,
    overrides: Sequence[str],
    properties_files: Sequence[Path],
    environ: Mapping[str, str],
) -> dict[str, str]:
    """Put the client's configuration together.

    For each property the first of these that has it wins: the options -b and -X, the files of -F
    (the last of them first), the environment, the project file. In the environment,
    `SCHEMAGEN_KAFKA_SASL_PASSWORD` is `sasl.password` and so forth, and
    `SCHEMAGEN_BOOTSTRAP_SERVERS` is `bootstrap.servers`; an empty variable counts as none.

    Args:
        project: the project, whose `${NAME}` are looked up in the environment.
        bootstrap: the value of -b.
        overrides: the values of -X, `key=value`.
        properties_files: the files of -F, in the syntax of `java.util.Properties`.
        environ: the environment.

    Returns:
        librdkafka's properties, with the secrets: not to be shown.

    Raises:
        InputError: a -X without `=`, a file that can't be read, a variable that isn't set, or two
            different lists of servers of the same rank.

    """
    layers = [
        _options(bootstrap, overrides),
        *(_properties(file) for file in reversed(properties_files)),
        _environment(environ),
    ]
    config: dict[str, str] = {}
    for layer in layers:
        config = _canonical(layer) | config
    for key, text in _canonical(project.kafka).items():
        # Only what is used: a variable needn't be set for a value that an option replaces.
        if key not in config:
            config[key] = filled_in(text, f"the Kafka property {key}", project, environ)
    return config


def _canonical(layer: Mapping[str, str]) -> dict[str, str]:
    aliases = {_ALIASES[key]: value for key, value in layer.items() if key in _ALIASES}
    return aliases | {key: value for key, value in layer.items() if key not in _ALIASES}


def _options(bootstrap: str | None, overrides: Sequence[str]) -> dict[str, str]:
    layer = {}
    for number, override in enumerate(overrides, 1):
        key, sign, value = override.partition("=")
        if not sign or not key.strip():
            # Not the text itself: it may be a password whose key was forgotten.
            raise InputError(
                f"-X number {number} is not KEY=VALUE.",
                "Write it like -X security.protocol=SASL_SSL.",
            )
        layer[key.strip()] = value
    return _with_bootstrap(_canonical(layer), bootstrap, "-b", f"-X {BOOTSTRAP}")


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    layer = {
        name.removeprefix(_PREFIX).lower().replace("_", "."): value
        for name, value in environ.items()
        if name.startswith(_PREFIX) and name != _PREFIX and value
    }
    return _with_bootstrap(
        _canonical(layer),
        environ.get(_BOOTSTRAP_VARIABLE) or None,
        _BOOTSTRAP_VARIABLE,
        f"{_PREFIX}BOOTSTRAP_SERVERS",
    )


def _with_bootstrap(
    layer: dict[str, str], bootstrap: str | None, name: str, other: str
) -> dict[str, str]:
    if bootstrap is None:
        return layer
    if layer.get(BOOTSTRAP, bootstrap) != bootstrap:
        raise InputError(f"{name} and {other} name different servers.", "Leave one of them out.")
    return layer | {BOOTSTRAP: bootstrap}


def _properties(file: Path) -> dict[str, str]:
    # The translation of Java's key stores needs what only -F needs.
    from schemagen.sources.properties import from_java, parse_properties  # noqa: PLC0415

    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"Can't read {file}: {error.strerror}.", "Check the path given with -F."
        ) from error
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # what java.util.Properties reads
    return from_java(parse_properties(text, str(file)), str(file))
