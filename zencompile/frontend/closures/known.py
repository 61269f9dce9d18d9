"""What is known to do nothing but give a value: of Python, its library, and a few others."""

from __future__ import annotations

_LISTS = {
    # Python's functions whose results are plain, and those whose results are iterators.
    "functions": """
        abs ascii bin bool bytes chr complex dict divmod float format frozenset hash hex int isinstance issubclass len
        list max min object oct ord pow range repr round set slice sorted str sum tuple
    """,
    "iterators": "enumerate iter reversed zip",
    # Methods of texts, numbers, paths, dates and containers.
    "methods": """
        absolute as_posix as_uri bit_length capitalize casefold copy count date decode difference encode endswith exists
        expanduser find format format_map fromisoformat get group hex index intersection is_absolute is_dir is_file
        isalnum isalpha isdigit isdisjoint isidentifier isoformat issubset issuperset items join joinpath keys ljust
        lower lstrip match partition read_bytes read_text relative_to removeprefix removesuffix replace resolve rfind
        rindex rjust rpartition rsplit rstrip split splitlines startswith strftime strip symmetric_difference title
        total_seconds union upper values with_name with_stem with_suffix zfill
    """,
    # Of Python's library and others: values, and functions by what they give.
    "values": """
        math.e math.inf math.nan math.pi math.tau os.environ os.linesep os.name os.sep string.ascii_letters
        string.ascii_lowercase string.ascii_uppercase string.digits string.punctuation sys.argv sys.byteorder
        sys.executable sys.maxsize sys.platform sys.version sys.version_info
    """,
    "plain": """
        array.array collections.Counter collections.OrderedDict collections.deque copy.copy copy.deepcopy datetime.date
        datetime.datetime datetime.datetime.now datetime.datetime.utcnow datetime.time datetime.timedelta
        datetime.timezone decimal.Decimal enum.auto fractions.Fraction math.ceil math.exp math.floor math.log math.log10
        math.log2 math.pow math.prod math.sqrt os.cpu_count os.environ.get os.fspath os.getcwd os.getenv
        os.path.abspath os.path.basename os.path.dirname os.path.exists os.path.expanduser os.path.expandvars
        os.path.isdir os.path.isfile os.path.join os.path.normpath os.path.realpath os.path.split os.path.splitext
        pathlib.Path pathlib.Path.cwd pathlib.Path.home pathlib.PosixPath pathlib.PurePath pathlib.PurePosixPath
        platform.machine platform.node platform.platform platform.python_version platform.system re.compile re.escape
        textwrap.dedent time.time types.MappingProxyType types.SimpleNamespace uuid.UUID
    """,
    "types": "typing.NewType typing.ParamSpec typing.TypeVar",
    "opaque": """
        argparse.Namespace collections.ChainMap collections.defaultdict collections.namedtuple contextvars.ContextVar
        dataclasses.field functools.partial itertools.chain itertools.count itertools.cycle itertools.repeat
        logging.Formatter logging.getLogger operator.attrgetter operator.itemgetter pydantic.ConfigDict pydantic.Field
        pydantic.PrivateAttr string.Template threading.Event threading.Lock threading.RLock threading.local
        typing.NamedTuple typing.TypedDict
    """,
    "markers": """
        abc.abstractmethod classmethod contextlib.asynccontextmanager contextlib.contextmanager dataclasses.dataclass
        enum.unique functools.cache functools.cached_property functools.lru_cache functools.total_ordering
        functools.wraps property pydantic.computed_field pydantic.field_serializer pydantic.field_validator
        pydantic.model_serializer pydantic.model_validator pydantic.root_validator pydantic.validator staticmethod
        typing.final typing.no_type_check typing.overload typing.override typing.runtime_checkable
        typing_extensions.override
    """,
    "bases": """
        ArithmeticError AssertionError AttributeError BaseException ConnectionError EOFError Exception FileExistsError
        FileNotFoundError IndexError KeyError LookupError NotImplementedError OSError OverflowError PermissionError
        RuntimeError StopIteration SystemExit TimeoutError TypeError UserWarning ValueError Warning ZeroDivisionError
        abc.ABC argparse.Action collections.OrderedDict collections.UserDict collections.UserList
        collections.abc.Callable collections.abc.Iterable collections.abc.Iterator collections.abc.Mapping
        collections.abc.MutableMapping collections.abc.Sequence dict enum.Enum enum.Flag enum.IntEnum enum.IntFlag
        enum.StrEnum float frozenset int json.JSONEncoder list logging.Filter logging.Formatter logging.Handler object
        pydantic.BaseModel pydantic_settings.BaseSettings set sklearn.base.BaseEstimator sklearn.base.ClassifierMixin
        sklearn.base.RegressorMixin sklearn.base.TransformerMixin str threading.Thread torch.nn.Module
        torch.utils.data.Dataset torch.utils.data.IterableDataset tuple type typing.Generic typing.NamedTuple
        typing.Protocol typing.TypedDict
    """,
    # What Python and pydantic call when a class is made, or an object, or when either is put into another class.
    "making": """
        __class_getitem__ __delete__ __get__ __init__ __init_subclass__ __new__ __post_init__ __prepare__ __set__
        __set_name__ model_post_init
    """,
    "of_enums": """
        __eq__ __format__ __hash__ __init__ __new__ __set_name__ __str__ _generate_next_value_ _missing_
    """,
}
REGISTRIES = ("gc", "logging.Logger.manager", "logging.root", "sys.modules")
"""Where code sees what modules have done that does nothing else."""

_NAMES = {which: frozenset(text.split()) for which, text in _LISTS.items()}

FUNCTIONS = _NAMES["functions"]
ITERATORS = _NAMES["iterators"]
METHODS = _NAMES["methods"]
VALUES = _NAMES["values"]
PLAIN = _NAMES["plain"]
TYPES = _NAMES["types"]
OPAQUE = _NAMES["opaque"]
MARKERS = _NAMES["markers"]
"""Decorators that run no code of the project when they decorate something."""
BASES = _NAMES["bases"]
"""Classes that take no notice of their subclasses."""
MAKING = _NAMES["making"]
OF_ENUMS = _NAMES["of_enums"]
"""Methods by which members of an enumeration are made and compared."""
