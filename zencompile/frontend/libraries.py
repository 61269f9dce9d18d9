"""What is known of modules that are not the project's: the framework's, Python's own, and other distributions'."""

from __future__ import annotations

import re

FRAMEWORKS = frozenset({"zenml", "zencompile"})

# Of every supported Python, so that the answer doesn't depend on the one that runs.
_STDLIB = """
    __future__ __main__ _thread _typeshed abc aifc annotationlib antigravity argparse array ast asynchat asyncio
    asyncore atexit audioop base64 bdb binascii binhex bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath
    cmd code codecs codeop collections colorsys compileall compression concurrent configparser contextlib
    contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest
    email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc
    genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr
    imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap
    marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path
    numbers opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib
    poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri
    random re readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal
    site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat
    statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib
    tempfile termios textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc
    tty turtle turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser
    winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
"""
STDLIB = frozenset(_STDLIB.split())

_BUILT_IN_NAMES = """
    __future__ __main__ abc atexit builtins codecs encodings errno faulthandler gc genericpath importlib io itertools
    marshal nt ntpath os posix posixpath pwd runpy site stat sys time zipimport
"""
BUILT_IN = frozenset(_BUILT_IN_NAMES.split())
"""Modules that no file of a project can stand before: every supported Python has them built in or frozen, or has loaded
them before a program begins. So has it those whose name begins with an underscore."""

_BUILT_IN_SOMEWHERE_NAMES = """
    array audioop binascii cmath fcntl grp math mmap nis ossaudiodev pyexpat readline resource select spwd syslog
    termios unicodedata zlib
"""
BUILT_IN_SOMEWHERE = frozenset(_BUILT_IN_SOMEWHERE_NAMES.split())
"""Extension modules: built into some builds of Python, and then before any file of a project; files in others."""


_UNDERSCORED_NAMES = """
    _abc _aix_support _ast _asyncio _bisect _blake2 _bootsubprocess _bz2 _codecs _collections _collections_abc
    _compat_pickle _compression _contextvars _crypt _csv _ctypes _curses _datetime _dbm _decimal _elementtree _functools
    _gdbm _hashlib _heapq _imp _io _json _locale _lsprof _lzma _markupbase _md5 _msi _multibytecodec _multiprocessing
    _opcode _operator _osx_support _overlapped _pickle _posixshmem _posixsubprocess _py_abc _pydecimal _pyio _queue
    _random _scproxy _sha1 _sha256 _sha3 _sha512 _signal _sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics
    _string _strptime _struct _symtable _thread _threading_local _tkinter _tracemalloc _uuid _warnings _weakref
    _weakrefset _winapi _zoneinfo
"""
_UNDERSCORED = frozenset(_UNDERSCORED_NAMES.split())

_NOT_INSTALLED = frozenset({"test", "this"})
"""Not to be relied upon: images leave the first one out, and a project's own is what is meant."""


def is_stdlib(name: str) -> bool:
    """Whether the first part of a dotted name is a module of some supported Python's own."""
    top = name.partition(".")[0]
    return (top in STDLIB and top not in _NOT_INSTALLED) or top in _UNDERSCORED


# Where the distribution isn't called like the module. Dotted names are looked up first, the longest first: several
# distributions share a namespace package.
DISTRIBUTIONS = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "IPython": "ipython",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyOpenSSL",
    "PIL": "pillow",
    "airflow": "apache-airflow",
    "attr": "attrs",
    "autogluon.tabular": "autogluon.tabular",
    "autogluon.timeseries": "autogluon.timeseries",
    "azure.ai.ml": "azure-ai-ml",
    "azure.core": "azure-core",
    "azure.identity": "azure-identity",
    "azure.keyvault.secrets": "azure-keyvault-secrets",
    "azure.storage.blob": "azure-storage-blob",
    "azureml.core": "azureml-core",
    "bs4": "beautifulsoup4",
    "cairosvg": "CairoSVG",
    "community": "python-louvain",
    "cv2": "opencv-python",
    "databricks.sdk": "databricks-sdk",
    "dateutil": "python-dateutil",
    "discord": "discord.py",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "ffmpeg": "ffmpeg-python",
    "fitz": "PyMuPDF",
    "flask_cors": "Flask-Cors",
    "git": "GitPython",
    "github": "PyGithub",
    "google.api_core": "google-api-core",
    "google.auth": "google-auth",
    "google.cloud.aiplatform": "google-cloud-aiplatform",
    "google.cloud.bigquery": "google-cloud-bigquery",
    "google.cloud.firestore": "google-cloud-firestore",
    "google.cloud.logging": "google-cloud-logging",
    "google.cloud.pubsub": "google-cloud-pubsub",
    "google.cloud.secretmanager": "google-cloud-secret-manager",
    "google.cloud.storage": "google-cloud-storage",
    "google.genai": "google-genai",
    "google.generativeai": "google-generativeai",
    "google.oauth2": "google-auth",
    "google.protobuf": "protobuf",
    "googleapiclient": "google-api-python-client",
    "haystack": "haystack-ai",
    "hydra": "hydra-core",
    "imblearn": "imbalanced-learn",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "kafka": "kafka-python",
    "llama_index.core": "llama-index-core",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "mysql.connector": "mysql-connector-python",
    "opensearchpy": "opensearch-py",
    "opentelemetry": "opentelemetry-api",
    "opentelemetry.sdk": "opentelemetry-sdk",
    "osgeo": "GDAL",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pylab": "matplotlib",
    "pythonjsonlogger": "python-json-logger",
    "pywt": "PyWavelets",
    "rest_framework": "djangorestframework",
    "ruamel.yaml": "ruamel.yaml",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "sklearnex": "scikit-learn-intelex",
    "sksurv": "scikit-survival",
    "slack": "slackclient",
    "snowflake.connector": "snowflake-connector-python",
    "snowflake.snowpark": "snowflake-snowpark-python",
    "socks": "PySocks",
    "speech_recognition": "SpeechRecognition",
    "talib": "TA-Lib",
    "telegram": "python-telegram-bot",
    "umap": "umap-learn",
    "websocket": "websocket-client",
    "whisper": "openai-whisper",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}

_SAME_NAME_NAMES = """
    accelerate aiohttp altair anthropic arize bentoml bokeh boto3 botocore category_encoders catboost celery chromadb
    clearml click cloudpickle comet_ml cupy dagster darts dash dask datasets deepchecks dgl dill diffusers django docker
    duckdb einops elasticsearch evaluate evidently fastai fastapi fasttext feast filelock flask flaml flax fsspec gcsfs
    geopandas gensim gluonts gradio great_expectations grpc gym gymnasium h5py hdbscan httpx huggingface_hub
    hyperopt ibis imageio jax jinja2 joblib jsonschema keras kedro kfp kornia kubernetes langchain langchain_core
    langchain_community langchain_openai langgraph librosa lightgbm lightning litellm llama_index loguru lxml
    marshmallow matplotlib metaflow mlflow monai msgpack multidict nannyml neptune networkx nibabel nltk numba numexpr
    numpy onnx onnxruntime openai openpyxl optuna orjson packaging pandas pandera patsy peewee peft pillow pinecone
    plotly pmdarima polars prefect prophet psutil psycopg py4j pyarrow pycaret pydantic pydantic_settings pydot pymongo
    pyod pyspark pytest pytorch_lightning ray redis requests rich s3fs sacrebleu safetensors sagemaker scipy seaborn
    seldon_core sentence_transformers sentencepiece shap simpy sktime slack_sdk snowflake spacy sqlalchemy sqlmodel
    statsforecast statsmodels streamlit surprise sympy tabulate tenacity tensorboard tensorflow tensorflow_datasets
    tensorflow_hub textblob tiktoken timm tokenizers torch torchaudio torchmetrics torchtext torchvision tqdm
    transformers trl tsfresh typer typing_extensions ultralytics uvicorn vaex vllm wandb weaviate whylogs xarray xgboost
    zarr
"""
_SAME_NAME = frozenset(_SAME_NAME_NAMES.split())


def is_known(name: str) -> bool:
    """Whether the first part of a dotted name is a well-known distribution's."""
    top = name.partition(".")[0]
    return top in FRAMEWORKS or top in _SAME_NAME or top in _TOPS


_TOPS = frozenset(name.partition(".")[0] for name in DISTRIBUTIONS) - {"community", "magic", "slack", "git", "github"}
"""Without names that folders of projects often have."""


_SHOWING_NAMES = """
    IPython colorama cprint icecream loguru logging pprint pyfiglet rich structlog tabulate termcolor tqdm traceback
    warnings
"""
_SHOWING = frozenset(_SHOWING_NAMES.split())
_SHOWING_FUNCTIONS = frozenset({"click.echo", "click.secho", "click.style", "typer.echo", "typer.secho", "sys.stdout"})


def only_shows(path: str) -> bool:
    """Whether a function by its dotted path is there for what people see on a screen or in a log."""
    if path.partition(".")[0] in _SHOWING:
        return True
    return any(path == one or path.startswith(f"{one}.") for one in _SHOWING_FUNCTIONS)


_COMPUTING_NAMES = """
    cmath collections copy dateutil decimal fractions functools importlib inspect itertools json math numpy operator
    packaging pandas platform polars pydantic pytz re scipy sklearn statistics string textwrap time torch types typing
    typing_extensions zoneinfo
"""
_COMPUTING = frozenset(_COMPUTING_NAMES.split())
_WORKING = re.compile(
    r"^(set_|use_|to_(csv|parquet|pickle|sql|json|excel|hdf|feather|gbq|stata|orc|clipboard)|save|dump|write|seed|manual_seed|register|init|download|upload|load$|import_module|invalidate)"
    r"|seed$|^(use|main|savez|savetxt|spawn|fit|step|backward|sleep)$"
)


def computes(path: str, called: str) -> bool:
    """Whether a function of a library by its dotted path, or what it gives, is known to do nothing but give a value
    where it is `called` so."""
    return path.partition(".")[0] in _COMPUTING and not _WORKING.search(called)


_LEAVE_ARGUMENTS_NAMES = """
    PIL accelerate altair anthropic azure boto3 catboost chromadb cv2 dask datasets diffusers dotenv evidently faiss
    fastapi flask flax gcsfs google gradio great_expectations httpx huggingface_hub hydra imblearn jax joblib keras
    kubernetes langchain langchain_community langchain_core langchain_openai langfuse langgraph lightgbm litellm
    llama_index logfire matplotlib mlflow neptune nltk numpy openai opentelemetry optuna pandas peft pinecone plotly
    polars prefect prophet psycopg2 pyarrow pydantic_ai pymongo pyspark pytorch_lightning ray redis requests rich s3fs
    scipy seaborn sentence_transformers sentry_sdk shap skimage sklearn smolagents snowflake spacy sqlalchemy
    statsmodels streamlit structlog tensorflow tiktoken tokenizers torch torchaudio torchvision tqdm transformers trl
    ultralytics wandb xgboost yaml
"""
_LEAVE_ARGUMENTS = frozenset(_LEAVE_ARGUMENTS_NAMES.split())
"""Libraries that, by their documentation, leave alone the lists and dictionaries that they are given."""

_CHANGE_ARGUMENTS = frozenset({"shuffle", "put", "copyto", "place", "putmask", "fill_diagonal", "update", "merge"})
"""Functions, even of such libraries, that are called for what they do to their arguments."""

_STDLIB_THAT_CHANGES = frozenset({"random", "heapq", "bisect", "struct", "array", "ctypes", "ast", "sqlite3"})


def leaves_arguments(path: str) -> bool:
    """Whether a function of a library, by its dotted path, is known not to change what it is given."""
    top, _, rest = path.partition(".")
    if is_stdlib(top):
        return top not in _STDLIB_THAT_CHANGES
    return top in _LEAVE_ARGUMENTS and rest.rpartition(".")[2] not in _CHANGE_ARGUMENTS
