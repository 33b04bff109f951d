"""The `docker-compose` program, to check `docker/compose.yaml` with; no Docker engine is needed for that."""

from .debian import Debian
from .stamp import Stamp


def compose_binary(settings):
    return settings.runtime / "compose" / "usr" / "libexec" / "docker" / "cli-plugins" / "docker-compose"


def ensure_compose(settings, progress):
    """Unpack Debian's `docker-compose`; a machine without apt goes without."""
    stamp = Stamp(settings.runtime / "stamps" / "compose", "docker-compose/sid")
    if stamp.is_current() and compose_binary(settings).exists():
        return
    debian = Debian(settings, progress, ["sid", "bookworm"])
    debian.update()
    debs = debian.download(["docker-compose/sid"], settings.cache / "compose-debs")
    debian.unpack(debs, settings.runtime / "compose")
    stamp.set()
