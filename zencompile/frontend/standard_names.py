"""Names that modules of the standard library have on some supported Pythons and platforms, and lack on others.

From the guards in the stubs of the standard library (https://github.com/python/typeshed), for 3.10 to 3.15. A name that
the running Python's module lacks and that is not here, no supported Python has.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from functools import cache

from zencompile.frontend import standard_versions
from zencompile.frontend.libraries import is_stdlib

_VARYING = """
argparse: BooleanOptionalAction
array: typecodes
ast: AST Bytes Ellipsis Interpolation NameConstant Num ParamSpec PyCF_OPTIMIZED_AST Str TemplateStr TryStar
    TypeAlias TypeVar TypeVarTuple compare dump main parse type_param
asyncio: AbstractEventLoopPolicy DefaultEventLoopPolicy WindowsProactorEventLoopPolicy
    WindowsSelectorEventLoopPolicy
asyncio.constants: FLOW_CONTROL_HIGH_WATER_SSL_READ FLOW_CONTROL_HIGH_WATER_SSL_WRITE SSL_SHUTDOWN_TIMEOUT
    THREAD_JOIN_TIMEOUT
asyncio.coroutines: coroutine iscoroutinefunction
asyncio.events: AbstractEventLoopPolicy BaseDefaultEventLoopPolicy get_child_watcher set_child_watcher
asyncio.exceptions: BrokenBarrierError TimeoutError
asyncio.locks: Barrier
asyncio.queues: QueueShutDown
asyncio.runners: Runner run
asyncio.sslproto: AppProtocolState SSLAgainErrors SSLProtocolState add_flowcontrol_defaults
asyncio.streams: open_unix_connection start_unix_server
asyncio.subprocess: create_subprocess_exec create_subprocess_shell
asyncio.tasks: as_completed create_eager_task_factory create_task current_task eager_task_factory wait
asyncio.unix_events: AbstractChildWatcher BaseChildWatcher DefaultEventLoopPolicy EventLoop FastChildWatcher
    MultiLoopChildWatcher PidfdChildWatcher SafeChildWatcher SelectorEventLoop ThreadedChildWatcher
asyncore: file_dispatcher file_wrapper
base64: a85decode b16decode b16encode b32decode b32encode b32hexdecode b32hexencode b64decode b64encode b85decode
    b85encode urlsafe_b64decode urlsafe_b64encode z85decode z85encode
binascii: ASCII85_ALPHABET BASE32HEX_ALPHABET BASE32_ALPHABET BASE64_ALPHABET BASE85_ALPHABET BINHEX_ALPHABET
    CRYPT_ALPHABET URLSAFE_BASE64_ALPHABET UU_ALPHABET Z85_ALPHABET a2b_ascii85 a2b_base32 a2b_base64 a2b_base85
    a2b_hex a2b_hqx b2a_ascii85 b2a_base32 b2a_base64 b2a_base85 b2a_hqx rlecode_hqx rledecode_hqx unhexlify
builtins: BaseExceptionGroup ExceptionGroup ImportCycleError PythonFinalizationError WindowsError bin compile
    ellipsis eval exec frozendict function hex oct sentinel
cProfile: label
calendar: APRIL AUGUST DECEMBER Day FEBRUARY FRIDAY JANUARY JULY JUNE MARCH MAY MONDAY Month NOVEMBER OCTOBER
    SATURDAY SEPTEMBER SUNDAY THURSDAY TUESDAY WEDNESDAY standalone_month_abbr standalone_month_name
code: interact
codecs: CodecInfo
codeop: compile_command
concurrent.futures: InterpreterPoolExecutor
concurrent.futures.thread: WorkerContext
configparser: InvalidWriteError LegacyInterpolation MultilineContinuationError SafeConfigParser UNNAMED_SECTION
    UnnamedSectionDisabledError
contextlib: chdir
copy: PyStringMap deepcopy replace
crypt: METHOD_BLOWFISH METHOD_CRYPT METHOD_MD5 METHOD_SHA256 METHOD_SHA512 crypt methods mksalt
csv: QUOTE_NOTNULL QUOTE_STRINGS
ctypes: BigEndianUnion CField COMError CopyComPointer DllCanUnloadNow DllGetClassObject FormatError GetLastError
    HRESULT LittleEndianUnion OleDLL POINTER SetPointerType WINFUNCTYPE WinDLL WinError c_double_complex
    c_float_complex c_longdouble_complex c_time_t get_last_error memoryview_at oledll pointer set_last_error windll
ctypes.util: dllist find_msvcrt
ctypes.wintypes: BYTE HCONV HCONVLIST HCURSOR HDDEDATA HDROP HFILE HRESULT HSZ
curses: COLORS COLOR_PAIRS COLS LINES
dataclasses: dataclass field make_dataclass
datetime: UTC
dbm: open whichdb
dbm.dumb: open
decimal: IEEEContext IEEE_CONTEXT_MAX_BITS SPEC_VERSION
difflib: IS_LINE_JUNK unified_diff
dis: Instruction Positions dis disassemble distb get_instructions
doctest: TestResults
email.errors: HeaderWriteError
email.headerregistry: ReferencesHeader
email.utils: localtime
encodings: win32_code_page_search_function
enum: CONFORM CONTINUOUS EJECT EnumCheck EnumDict EnumType FlagBoundary IntEnum IntFlag KEEP NAMED_FLAGS ReprEnum
    STRICT StrEnum UNIQUE bin global_enum global_enum_repr global_flag_repr global_str member nonmember
    pickle_by_enum_name pickle_by_global_name property show_flag_values verify
faulthandler: dump_c_stack dump_traceback dump_traceback_later enable register unregister
fnmatch: filterfalse
functools: Placeholder WRAPPER_ASSIGNMENTS reduce update_wrapper wraps
genericpath: ALLOW_MISSING ALL_BUT_LAST commonprefix getatime getctime getmtime getsize isdevdrive isjunction islink
    lexists samefile samestat
getpass: getpass
gettext: bind_textdomain_codeset install ldgettext ldngettext lgettext lngettext translation
glob: glob glob0 glob1 iglob translate
grp: getgrall getgrgid getgrnam struct_group
gzip: compress
hashlib: file_digest
http: HTTPMethod
http.client: CONTENT_TOO_LARGE RANGE_NOT_SATISFIABLE UNPROCESSABLE_CONTENT URI_TOO_LONG
http.server: CGIHTTPRequestHandler HTTPSServer ThreadingHTTPSServer
imaplib: Idler
importlib: find_loader
importlib.abc: Finder ResourceReader Traversable TraversableResources
importlib.machinery: AppleFrameworkLoader NamespaceLoader
importlib.metadata: Deprecated DeprecatedList DeprecatedNonAbstract DeprecatedTuple EntryPoint EntryPoints
    MetadataNotFound SelectableGroups entry_points
importlib.readers: remove_duplicates
importlib.resources: Anchor Package Resource ResourceReader as_file contents files is_resource open_binary open_text
    path read_binary read_text
importlib.resources.abc: ResourceReader Traversable TraversableResources
importlib.resources.readers: remove_duplicates
importlib.resources.simple: ResourceContainer ResourceHandle SimpleReader TraversableReader
importlib.simple: ResourceContainer ResourceHandle SimpleReader TraversableReader
importlib.util: module_for_loader set_loader set_package
inspect: AGEN_CLOSED AGEN_CREATED AGEN_RUNNING AGEN_SUSPENDED ArgSpec BufferFlags CO_HAS_DOCSTRING CO_METHOD
    FrameInfo Traceback formatannotation formatargspec get_annotations getargspec getasyncgenlocals getasyncgenstate
    getdoc getfullargspec getmembers_static ismethodwrapper ispackage markcoroutinefunction signature
io: Reader Writer text_encoding
itertools: batched
json: load loads
logging: getHandlerByName getHandlerNames getLevelNamesMapping
logging.config: ConvertingTuple
marshal: dump dumps load loads
math: cbrt exp2 fma fmax fmin isnormal issubnormal nextafter signbit sumprod
mimetypes: guess_file_type
modulefinder: EXTENDED_ARG IMPORT_NAME LOAD_CONST STORE_GLOBAL STORE_NAME STORE_OPS
multiprocessing.connection: Client Pipe PipeConnection deliver_challenge
multiprocessing.context: ForkContext ForkProcess ForkServerContext ForkServerProcess get_spawning_popen
    set_spawning_popen
multiprocessing.forkserver: main
multiprocessing.heap: rebuild_arena reduce_arena
multiprocessing.managers: DictProxy SetProxy
multiprocessing.popen_fork: Popen
multiprocessing.popen_forkserver: Popen
multiprocessing.popen_spawn_posix: Popen
multiprocessing.reduction: ACKNOWLEDGE DupFd DupHandle duplicate recv_handle recvfds send_handle sendfds
    steal_handle
multiprocessing.resource_sharer: DupFd DupSocket
multiprocessing.util: WARNING warn
nis: cat error get_default_domain maps match
ntpath: ALLOW_MISSING ALL_BUT_LAST isdevdrive isjunction isreserved realpath splitroot
opcode: hasarg hasexc hasjump hasnargs opmap
operator: call is_none is_not_none
pathlib: UnsupportedOperation
pdb: get_default_backend set_default_backend set_trace set_trace_async
pickle: DEFAULT_PROTOCOL
pickletools: read_stringnl
pkgutil: ImpImporter ImpLoader find_loader get_loader resolve_name
platform: AndroidVer IOSVersionInfo android_ver invalidate_caches ios_ver java_ver uname_result
plistlib: dump dumps load loads
posixpath: ALLOW_MISSING ALL_BUT_LAST basename dirname isabs isdevdrive isjunction normcase realpath split
    splitdrive splitext splitroot
pprint: pformat pp pprint
pstats: SortKey
pty: CHILD STDERR_FILENO STDIN_FILENO STDOUT_FILENO fork master_open openpty slave_open spawn
pwd: getpwall getpwnam getpwuid struct_passwd
pydoc: doc get_pager getpager pager pipe_pager pipepager plain_pager plainpager tempfile_pager tempfilepager
    tty_pager ttypager
pyexpat.errors: XML_ERROR_AMPLIFICATION_LIMIT_BREACH XML_ERROR_INVALID_ARGUMENT XML_ERROR_NOT_STARTED
    XML_ERROR_NO_BUFFER XML_ERROR_RESERVED_NAMESPACE_URI XML_ERROR_RESERVED_PREFIX_XML
    XML_ERROR_RESERVED_PREFIX_XMLNS
queue: ShutDown
random: binomialvariate
re: NOFLAG PatternError T TEMPLATE prefixmatch template
readline: add_history append_history_file backend clear_history get_begidx get_completer get_completer_delims
    get_completion_type get_current_history_length get_endidx get_history_item get_history_length get_line_buffer
    insert_text parse_and_bind read_history_file read_init_file redisplay remove_history_item replace_history_item
    set_auto_history set_completer set_completer_delims set_completion_display_matches_hook set_history_length
    set_pre_input_hook set_startup_hook write_history_file
resource: RLIMIT_AS RLIMIT_CORE RLIMIT_CPU RLIMIT_DATA RLIMIT_FSIZE RLIMIT_MEMLOCK RLIMIT_MSGQUEUE RLIMIT_NICE
    RLIMIT_NOFILE RLIMIT_NPROC RLIMIT_NTHR RLIMIT_OFILE RLIMIT_PIPEBUF RLIMIT_RSS RLIMIT_RTPRIO RLIMIT_RTTIME
    RLIMIT_SIGPENDING RLIMIT_STACK RLIMIT_THREADS RLIMIT_UMTXP RLIM_INFINITY RLIM_SAVED_CUR RLIM_SAVED_MAX
    RUSAGE_CHILDREN RUSAGE_SELF RUSAGE_THREAD error getpagesize getrlimit getrusage prlimit setrlimit struct_rusage
selectors: DevpollSelector EpollSelector KqueueSelector PollSelector
shelve: ShelveError open
shlex: split
shutil: ExecError chown which
site: StartupState gethistoryfile register_readline
smtpd: MailmanProxy
socketserver: ForkingMixIn ForkingTCPServer ForkingUDPServer ForkingUnixDatagramServer ForkingUnixStreamServer
    ThreadingUnixDatagramServer ThreadingUnixStreamServer UnixDatagramServer UnixStreamServer
spwd: getspall getspnam struct_spwd
sre_constants: ATOMIC_GROUP CALL CH_NEGATE POSSESSIVE_REPEAT POSSESSIVE_REPEAT_ONE SRE_FLAG_TEMPLATE
sre_parse: MAXWIDTH Verbose expand_template parse_template
ssl: HAS_PHA HAS_PSK HAS_PSK_TLS13 OP_ENABLE_KTLS OP_IGNORE_UNEXPECTED_EOF OP_LEGACY_SERVER_CONNECT PROTOCOL_SSLv2
    PROTOCOL_SSLv3 RAND_pseudo_bytes enum_certificates enum_crls get_sigalgs match_hostname wrap_socket
stat: IO_REPARSE_TAG_APPEXECLINK IO_REPARSE_TAG_MOUNT_POINT IO_REPARSE_TAG_SYMLINK SF_DATALESS SF_FIRMLINK
    SF_RESTRICTED SF_SETTABLE SF_SUPPORTED SF_SYNTHETIC STATX_ATTR_APPEND STATX_ATTR_AUTOMOUNT STATX_ATTR_COMPRESSED
    STATX_ATTR_DAX STATX_ATTR_ENCRYPTED STATX_ATTR_IMMUTABLE STATX_ATTR_MOUNT_ROOT STATX_ATTR_NODUMP
    STATX_ATTR_VERITY STATX_ATTR_WRITE_ATOMIC UF_DATAVAULT UF_SETTABLE UF_TRACKED
statistics: correlation fmean kde kde_random linear_regression median_grouped
subprocess: ABOVE_NORMAL_PRIORITY_CLASS BELOW_NORMAL_PRIORITY_CLASS CREATE_BREAKAWAY_FROM_JOB
    CREATE_DEFAULT_ERROR_MODE CREATE_NEW_CONSOLE CREATE_NEW_PROCESS_GROUP CREATE_NO_WINDOW DETACHED_PROCESS
    HIGH_PRIORITY_CLASS IDLE_PRIORITY_CLASS NORMAL_PRIORITY_CLASS REALTIME_PRIORITY_CLASS STARTF_USESHOWWINDOW
    STARTF_USESTDHANDLES STARTUPINFO STD_ERROR_HANDLE STD_INPUT_HANDLE STD_OUTPUT_HANDLE SW_HIDE call check_call
    check_output getoutput getstatusoutput run
symtable: SymbolTableType symtable
sys: UnraisableHookArgs abi_info abiflags activate_stack_trampoline deactivate_stack_trampoline dllhandle exception
    get_lazy_imports get_lazy_imports_filter getandroidapilevel getdlopenflags gettotalrefcount
    getunicodeinternedsize getwindowsversion is_remote_debug_enabled is_stack_trampoline_active last_exc
    last_traceback last_type last_value lazy_modules monitoring ps1 ps2 remote_exec set_lazy_imports
    set_lazy_imports_filter setdlopenflags tracebacklimit winver
sysconfig: is_python_build
tarfile: LinkFallbackError
tempfile: NamedTemporaryFile TemporaryFile
threading: concurrent_tee serialize_iterator setprofile_all_threads settrace_all_threads synchronized_iterator
time: CLOCK_BOOTTIME CLOCK_HIGHRES CLOCK_MONOTONIC CLOCK_MONOTONIC_RAW CLOCK_MONOTONIC_RAW_APPROX
    CLOCK_PROCESS_CPUTIME_ID CLOCK_PROF CLOCK_REALTIME CLOCK_TAI CLOCK_THREAD_CPUTIME_ID CLOCK_UPTIME
    CLOCK_UPTIME_RAW CLOCK_UPTIME_RAW_APPROX clock_getres clock_gettime clock_gettime_ns clock_settime
    clock_settime_ns pthread_getcpuclockid tzset
token: ASYNC AWAIT EXCLAMATION FSTRING_END FSTRING_MIDDLE FSTRING_START TSTRING_END TSTRING_MIDDLE TSTRING_START
tokenize: EXACT_TOKEN_TYPES StopTokenizing TokenInfo
tomllib: TOMLDecodeError
traceback: format_exception_only
tty: CC CFLAG IFLAG ISPEED LFLAG OFLAG OSPEED cfmakecbreak cfmakeraw setcbreak setraw
types: CapsuleType FrameLocalsProxyType LazyImportType SimpleNamespace get_original_bases
typing: AsyncContextManager AwaitableGenerator ContextManager ForwardRef LiteralString Never NoDefault NoExtraItems
    NotRequired ReadOnly Required Self TypeAliasType TypeForm TypeIs TypeVarTuple Unpack assert_never assert_type
    clear_overloads dataclass_transform disjoint_base evaluate_forward_ref get_overloads get_protocol_members
    get_type_hints is_protocol no_type_check_decorator override reveal_type type_check_only
unicodedata: block extended_pictographic grapheme_cluster_break indic_conjunct_break isxidcontinue isxidstart
    iter_graphemes
unittest: doModuleCleanups enterModuleContext findTestCases getTestCaseNames load_tests makeSuite
unittest.case: enterModuleContext
unittest.loader: findTestCases getTestCaseNames makeSuite
unittest.mock: ThreadingMixin ThreadingMock
urllib.parse: DefragResult DefragResultBytes MAX_CACHE_SIZE ParseResult ParseResultBytes SplitResult
    SplitResultBytes urldefrag urlparse urlsplit urlunparse urlunsplit
urllib.request: FancyURLopener URLopener pathname2url proxy_bypass url2pathname urlopen
uuid: MAX NIL main uuid3 uuid5 uuid6 uuid7 uuid8
venv: create
warnings: deprecated
wave: WAVE_FORMAT_EXTENSIBLE WAVE_FORMAT_IEEE_FLOAT
webbrowser: Galeon Grail MacOS MacOSX MacOSXOSAScript WindowsDefault
xml: is_valid_name is_valid_text
zipfile: CompleteDirs Path ZIP_ZSTANDARD ZSTANDARD_VERSION
zlib: ZLIBNG_VERSION adler32_combine compress crc32_combine
"""

_OPEN_NAMES = """
    errno fcntl locale mmap os ossaudiodev posix select signal socket sqlite3 sqlite3.dbapi2 syslog termios
"""
_OPEN = frozenset(_OPEN_NAMES.split())
"""Modules whose names depend on the platform: they may have any."""

_UNLIKE_OTHERS = frozenset(
    {"antigravity", "ctypes", "idlelib", "lib2to3", "test", "this", "tkinter", "turtle", "turtledemo"}
)
"""Modules that do something when they are imported, or that may be left out of an installation."""


_PYTHON_2: dict[str, str] = {
    "os": "errno getcwdu popen2 popen3 popen4 spawnvp tempnam tmpnam tmpfile",
    "signal": "NSIG_MAX",
    "socket": "_fileobject",
}
"""Names of modules that differ between platforms, which Python 2 had and no Python 3 has on any."""

_PYTHON_2_MODULES = frozenset(
    {
        "BaseHTTPServer", "CGIHTTPServer", "ConfigParser", "Cookie", "HTMLParser", "Queue", "SimpleHTTPServer",
        "SocketServer", "StringIO", "Tkinter", "UserDict", "__builtin__", "cPickle", "cStringIO", "cookielib",
        "copy_reg", "dummy_thread", "htmlentitydefs", "httplib", "md5", "rfc822", "sgmllib", "tkMessageBox", "urllib2",
        "urlparse",
        "xmlrpclib",
    }
)  # fmt: skip

_WITH_SUBSTITUTES = frozenset(
    {"aifc", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk", "crypt", "distutils", "imghdr", "mailcap",
     "nntplib", "pipes", "smtpd", "sndhdr", "sunau", "telnetlib", "uu", "xdrlib"}
)  # fmt: skip
"""Modules that left the standard library, and that some distribution gives back under the same name."""


def is_missing(dotted: str, python: tuple[int, int]) -> bool:
    """Whether a Python surely has no module of that name, which another one's standard library has."""
    top = dotted.partition(".")[0]
    if top in _PYTHON_2_MODULES:
        return True
    if not is_stdlib(dotted) or top in _UNLIKE_OTHERS or top in _WITH_SUBSTITUTES or top[:1] == "_":
        return False
    having = _having_module(dotted)
    if having:
        return python[1] not in having
    return dotted != top and _has_no_submodule(dotted)


def _having_module(dotted: str) -> frozenset[int]:
    """The minor numbers of the Pythons that have a module, where they don't all have it."""
    parts = dotted.split(".")
    above = {".".join(parts[:size]) for size in range(1, len(parts) + 1)}
    return next((having for name, having in _modules().items() if name in above), frozenset())


def _has_no_submodule(dotted: str) -> bool:
    parent = dotted.rpartition(".")[0]
    if parent in ("os", "posix", "nt") or dotted == "os.path":
        return False
    try:
        return importlib.util.find_spec(dotted) is None
    except ModuleNotFoundError as missing:
        return missing.name in (dotted, parent) or "is not a package" in str(missing)
    except Exception:
        return False


@cache
def _modules() -> dict[str, frozenset[int]]:
    return dict(map(_having, standard_versions.MODULES.split()))


@cache
def _names() -> dict[str, dict[str, frozenset[int]]]:
    lines = standard_versions.NAMES.replace("\n    ", " ").strip().splitlines()
    parted = [line.partition(": ") for line in lines]
    return {module: dict(map(_having, names.split())) for module, _, names in parted}


def _having(entry: str) -> tuple[str, frozenset[int]]:
    name, _, minors = entry.partition("=")
    return name, frozenset(map(int, minors.split(",")))


def pythons_with(dotted: str, name: str) -> frozenset[int]:
    """The minor numbers of the supported Pythons whose module has a name; empty where they all have it, or none."""
    return _names().get(dotted, {}).get(name, frozenset())


def differs(dotted: str, name: str, python: tuple[int, int]) -> bool:
    """Whether a Python's standard library lacks a name of a module that another supported one has."""
    having = pythons_with(dotted, name)
    return bool(having) and 10 <= python[1] <= 14 and python[1] not in having


def lacks(dotted: str, name: str, python: tuple[int, int] = (3, 11)) -> bool:
    """Whether a module of a Python's standard library surely has no such name."""
    if name in _PYTHON_2.get(dotted, "").split():
        return True
    having = pythons_with(dotted, name)
    if having:
        return differs(dotted, name, python)
    return _all_lack(dotted, name)


@cache
def _all_lack(dotted: str, name: str) -> bool:
    dotted = "posixpath" if dotted == "os.path" else dotted
    top = dotted.partition(".")[0]
    if not is_stdlib(dotted) or top in _UNLIKE_OTHERS or dotted in _OPEN or name[:1] == "_" or top[:1] == "_":
        return False
    if name in _varying().get(dotted, ()):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = importlib.import_module(dotted)
            if hasattr(found, name):
                return False
            return not hasattr(found, "__path__") or importlib.util.find_spec(f"{dotted}.{name}") is None
    except Exception:
        return False


_known: dict[str, frozenset[str]] = {}


def _varying() -> dict[str, frozenset[str]]:
    if not _known:
        for line in _VARYING.replace("\n    ", " ").splitlines():
            module, _, names = line.strip().partition(": ")
            _known[module] = frozenset(names.split())
    return _known


def advice(dotted: str, name: str, python: tuple[int, int]) -> tuple[str, ...]:
    """What to do about a name that a Python lacks."""
    having = pythons_with(dotted, name)
    if having:
        return (_other_python(having, python),)
    from difflib import get_close_matches

    elsewhere = next((one for one in _COMMON if _has(one, name)), None)
    if elsewhere is not None and not _all_lack(elsewhere, name):
        return (f"it is in `{elsewhere}`",)
    try:
        known = dir(importlib.import_module(dotted))
    except Exception:
        return ()
    return tuple(f"did you mean `{near}`?" for near in get_close_matches(name, known, 1))


_COMMON = ("collections.abc", "typing", "collections", "functools", "itertools", "inspect", "pathlib", "datetime")


def _has(dotted: str, name: str) -> bool:
    return hasattr(importlib.import_module(dotted), name)


def advice_on_module(dotted: str, python: tuple[int, int]) -> tuple[str, ...]:
    """What to do about a module that a Python lacks."""
    having = _having_module(dotted)
    if having:
        return (_other_python(having, python),)
    if dotted.partition(".")[0] in _PYTHON_2_MODULES:
        return ("it is a module of Python 2: import what took its place in Python 3",)
    return ()


def _other_python(having: frozenset[int], python: tuple[int, int]) -> str:
    listed = ", ".join(f"3.{minor}" for minor in sorted(having))
    return f"images have Python {python[0]}.{python[1]}; {listed} have it: `python` in the configuration chooses one"
