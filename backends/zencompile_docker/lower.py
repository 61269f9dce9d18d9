"""From an `Image` of the IR to the model of its files: the order of the layers, and every word in them.

Layers stand by how often they change: system packages, requirements, the runtime, then the project's code and the facts
about it. The file is a pure function of the image, the layout and the options; whoever changes what comes out counts up
the recipe's version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from zencompile.ir import EnvironmentReference, Image, SecretReference, Text, Variable, manifests
from zencompile.ir.environments import named_by_code
from zencompile.targets import Layout
from zencompile_docker import build_options
from zencompile_docker.model import Copy, Dockerfile, IgnoreFile, Install, Run, Setting
from zencompile_docker.options import Options
from zencompile_docker.quoting import copy_words, ignore_pattern, is_name, quoted
from zencompile_templates.text import sh

UV = "uv==0.13.9"
RUNTIME = "/opt/zencompile"
PACKAGE = "zencompile_runtime"
CODE = "runtime/code"
"""The folder of the facts about the code of each pipeline that was compiled to the build folder."""
PYTHON_PATH = f"/app:{RUNTIME}"
DOCKERFILE = "Dockerfile"

_MOST_FOLDERS = 60  # each is a layer in the classic form, and an image can have 127


def dockerfile(image: Image, layout: Layout, options: Options) -> Dockerfile:
    """The model of the image's Dockerfile."""
    secrets = build_secrets(image) if options.cache_mounts else ()
    return Dockerfile(
        reference=image.reference,
        named_by_code=named_by_code(image),
        commands=tuple(_commands(image, layout, secrets)),
        outside=tuple(_outside(image)),
        base=image.base,
        arguments=_build_arguments(image),
        build_variables=_settings(image.build_variables),
        packages=_packages(image, options),
        installer=_installer(image, options),
        installs=tuple(_installs(image, layout, options, secrets)),
        runtime=Copy(copy_words([_built(layout, f"runtime/{PACKAGE}")], f"{RUNTIME}/{PACKAGE}")),
        python_path=_python_path(image),
        user=image.user or "",
        make_user=_make_user(image.user) if image.user else None,
        code=tuple(_code(image, layout, options)),
        links=_links(image, options),
        project_install=_project_install(image),
        variables=_settings(image.variables),
        labels=tuple(_labels(image)),
    )


def ignore_file(image: Image, layout: Layout) -> IgnoreFile:
    """The allow-list of the image's build context: what the Dockerfile copies, and no other file."""
    folder = f"images/{image.key}"
    names = [f"{folder}/{name}" for name, _ in requirement_files(image)]
    names += [f"runtime/{PACKAGE}", CODE]
    paths = [_built(layout, name) for name in names]
    paths += [_project(layout, path) for path in image.files if path not in _linked(image, by_folder=False)]
    return IgnoreFile(image.reference, tuple(map(ignore_pattern, paths)))


def requirement_files(image: Image) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Name and lines of the image's requirements files, one for each layer."""
    lengths = image.layers or ((len(image.requirements),) if image.requirements else ())
    found, start = [], 0
    for number, length in enumerate(lengths, 1):
        name = f"requirements-{number}.txt" if number > 1 else "requirements.txt"
        found.append((name, image.requirements[start : start + length]))
        start += length
    return tuple(found)


def _build_arguments(image: Image) -> tuple[str, ...]:
    """Names of the user's own build arguments."""
    arguments = image.build_options.get("build_args")
    return tuple(sorted(name for name in arguments if is_name(name))) if isinstance(arguments, dict) else ()


def build_secrets(image: Image) -> tuple[str, ...]:
    """Variables that installing needs and that no layer may hold: `${TOKEN}` in a requirement, PIP_INDEX_URL."""
    named = {name for line in image.requirements for name in re.findall(r"\$\{([A-Z0-9_]+)\}", line)}
    held = {name for name, variable in image.build_variables.items() if isinstance(variable, Text)}
    referred = {name for name in image.build_variables.keys() - held if name.startswith(("PIP_", "UV_"))}
    return tuple(sorted((named - held) | referred))


def unbakeable(variable: Variable) -> bool:
    """Whether the variable can't stand in an image: a reference, or text of more than one line."""
    return not isinstance(variable, Text) or bool(re.search(r"[\r\n\0]", variable.value))


# -- the head ----------------------------------------------------------------------------------------------------------


def _commands(image: Image, layout: Layout, secrets: tuple[str, ...]) -> Iterator[str]:
    if image.dockerfile is not None:
        context = _project(layout, image.build_context) if image.build_context else None
        file = _project(layout, image.dockerfile)
        words = ["docker", "build", *(["-f", sh(file)] if context else []), "-t", sh(image.base)]
        words += map(sh, build_options.words(image.base_options))
        yield " ".join([*words, sh(context)] if context else [*words, "-", "<", sh(file)])
    words = ["docker", "build", "-f", sh(_built(layout, f"images/{image.key}/{DOCKERFILE}")), "-t", sh(image.reference)]
    for name in secrets:
        words += ["--secret", f"id={name},env={name}"]
    yield " ".join([*words, *map(sh, build_options.words(image.build_options)), "."])


def _outside(image: Image) -> Iterator[str]:
    for name, variable in sorted({**image.build_variables, **image.variables}.items()):
        if isinstance(variable, EnvironmentReference):
            yield name if variable.name == name else f"{name} ({variable.name})"
        elif isinstance(variable, SecretReference):
            yield f"{name} (secret {variable.name})"
        elif unbakeable(variable):
            yield name


# -- layers ------------------------------------------------------------------------------------------------------------


def _settings(variables: dict[str, Variable]) -> tuple[Setting, ...]:
    return tuple(
        Setting(name, quoted(variable.value))
        for name, variable in variables.items()
        if isinstance(variable, Text) and not unbakeable(variable) and is_name(name) and name != "PYTHONPATH"
    )


def _python_path(image: Image) -> str:
    """The project and the runtime first, then what the user's own variable adds."""
    own = image.variables.get("PYTHONPATH") or image.build_variables.get("PYTHONPATH")
    if isinstance(own, Text) and own.value and not unbakeable(own):
        return quoted(f"{PYTHON_PATH}:{own.value}")
    return PYTHON_PATH


def _packages(image: Image, options: Options) -> Run | None:
    if not image.apt_packages:
        return None
    words = [sh(package) for package in image.apt_packages]
    joined = " ".join(words)
    install = "apt-get install -y --no-install-recommends "
    install += joined if len(joined) <= 60 else "\\\n        " + " \\\n        ".join(words)
    if not options.cache_mounts:
        return Run(("apt-get update", install, "rm -rf /var/lib/apt/lists/*"), ignore=("DL3008",))
    mounts = tuple(f"type=cache,target={folder},sharing=locked" for folder in ("/var/cache/apt", "/var/lib/apt"))
    keep = "rm -f /etc/apt/apt.conf.d/docker-clean"
    return Run((keep, "apt-get update", install), mounts, ignore=("DL3008", "DL3009"))


def _installer(image: Image, options: Options) -> Run | None:
    needed = image.requirements or re.search(r"\buv\b", image.project_install or "")
    if image.installer != "uv" or not needed:
        return None
    if options.cache_mounts:
        return Run((f"pip install {UV}",), ("type=cache,target=/root/.cache/pip",))
    return Run((f"pip install --no-cache-dir {UV}",))


def _installs(image: Image, layout: Layout, options: Options, secrets: tuple[str, ...]) -> Iterator[Install]:
    cache = "uv" if image.installer == "uv" else "pip"
    mounts = [f"type=cache,target=/root/.cache/{cache}"] if options.cache_mounts else []
    mounts += [f"type=secret,id={name}" for name in secrets]
    given = [f'{name}="$(cat /run/secrets/{name})"' for name in secrets]
    exports = [*given, f"export {' '.join(secrets)}"] if secrets else []
    for name, _ in requirement_files(image):
        place = f"{RUNTIME}/{name}"
        command = " ".join([_install_command(image, options), "-r", place])
        source = _built(layout, f"images/{image.key}/{name}")
        yield Install(Copy(copy_words([source], place)), Run((*exports, command), tuple(mounts)))


def _install_command(image: Image, options: Options) -> str:
    """The installer with the user's own arguments over ours; an argument without a value is a bare flag."""
    arguments: dict[str, str | None] = {}
    if image.installer == "uv":
        arguments["system"] = None
        if options.cache_mounts:
            arguments["link-mode"] = "copy"  # a cache mount is another file system
    if not options.cache_mounts:
        arguments["no-cache-dir"] = None
    arguments |= {key.lstrip("-"): value for key, value in image.installer_arguments.items()}
    words = [f"--{sh(key)}" if value is None else f"--{sh(key)}={sh(str(value))}" for key, value in arguments.items()]
    return " ".join(["uv pip install" if image.installer == "uv" else "pip install", *words])


def _make_user(user: str) -> Run:
    """See to it that the user exists, where it has a name, and may write in the folder that steps run in."""
    name = sh(user.partition(":")[0])
    own = f"chown {sh(user)} /app"
    if user.partition(":")[0].isdigit():
        return Run((own,))
    return Run((f"(id -u {name} > /dev/null 2>&1 || useradd --no-log-init --create-home {name})", own))


def _code(image: Image, layout: Layout, options: Options) -> Iterator[Copy]:
    """The facts about the code, then the code: what changes most often comes last."""
    yield Copy(copy_words([_built(layout, CODE)], f"{RUNTIME}/code"))
    owner = image.user or ""
    by_folder = _by_folder(image, options)
    links = _linked(image, by_folder)
    for sources, destination in _groups([path for path in image.files if path not in links], by_folder):
        yield Copy(copy_words([_project(layout, path) for path in sources], destination), owner)


def _links(image: Image, options: Options) -> Run | None:
    """The links that COPY would follow."""
    links = _linked(image, _by_folder(image, options))
    folders = sorted({path.rpartition("/")[0] for path in links if "/" in path})
    if not links:
        return None
    made = (f"mkdir -p {' '.join(map(sh, folders))}",) if folders else ()
    return Run((*made, *(f"ln -s {sh(_option_free(text))} {sh(_option_free(path))}" for path, text in links.items())))


def _option_free(path: str) -> str:
    """A path that no command takes for an option."""
    return f"./{path}" if path.startswith("-") else path


def _linked(image: Image, by_folder: bool) -> dict[str, str]:
    """Links that are sources of a COPY of their own, which would copy what they lead to. Others lie in its folders."""
    links = {path: text for path, entry in image.files.items() if (text := manifests.target(entry)) is not None}
    return links if by_folder else {path: text for path, text in links.items() if "/" not in path}


def _by_folder(image: Image, options: Options) -> bool:
    """Whether each file is named by itself, with the others of its folder."""
    return not options.cache_mounts and len({path.rpartition("/")[0] for path in image.files}) <= _MOST_FOLDERS


def _groups(files: list[str], by_folder: bool) -> Iterator[tuple[list[str], str]]:
    """Files to copy together, and where to.

    With BuildKit the ignore file keeps out all that is not wanted, so whole folders are named and the Dockerfile stays
    the same when a file is added. The classic builder does not read it, so there every file is named.
    """
    folders: dict[str, list[str]] = {}
    for path in files:
        folders.setdefault(path.rpartition("/")[0] if by_folder else path.partition("/")[0] if "/" in path else "", [])
    for folder in sorted(folders):
        inside = [p for p in files if p.rpartition("/")[0] == folder] if by_folder or not folder else [folder]
        yield inside, f"./{folder}/" if folder and by_folder else f"./{folder}"


def _project_install(image: Image) -> Run | None:
    if not image.project_install:
        return None
    return Run((image.project_install.strip().replace("\n", " \\\n    "),), ignore=("DL3013", "DL3042"))


def _labels(image: Image) -> Iterator[Setting]:
    title = image.repository.rpartition("/")[2]
    yield Setting("org.opencontainers.image.title", quoted(title))
    yield Setting("org.opencontainers.image.version", quoted(image.tag))
    yield Setting("zencompile.environment", quoted(f"sha256:{image.digest}"))


# -- paths -------------------------------------------------------------------------------------------------------------


def _built(layout: Layout, path: str) -> str:
    return _below(layout.context_build, path)


def _project(layout: Layout, path: str) -> str:
    return _below(layout.context_project, path)


def _below(folder: str, path: str) -> str:
    """A path in a folder of the build context; "." is the context itself."""
    parts = [part for part in (*folder.split("/"), *path.split("/")) if part not in ("", ".")]
    return "/".join(parts) or "."
