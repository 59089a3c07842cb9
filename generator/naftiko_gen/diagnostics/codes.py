"""The list of diagnostic codes: slug and severity, and the page of each.

The page `docs/diagnostics/<slug>.md` has the meaning and the remedy of a code. It is
read when a run explains its code: a remedy is a hint, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_FURTHER = "\n\n## "
"""The beginning of the specs beyond the example."""


@dataclass(frozen=True)
class Page:
    """The parts of a page that `--explain` prints."""

    meaning: str
    remedy: str
    example: str
    """A spec, the message about it and the changes of `fix`, each in a fence."""


@cache
def page_root() -> Path:
    """Return the directory of the pages, in the installed package or a checkout."""
    directory = _PACKAGE / "diagnostics" / "pages"
    return directory if directory.is_dir() else _PACKAGE.parents[1] / "docs/diagnostics"


@cache
def read_page(slug: str) -> Page:
    """Return the page of a code; paragraphs become lines."""
    text = (page_root() / f"{slug}.md").read_text("utf-8")
    _, _, body = text.split("---\n", 2)
    _, meaning, remedy, *rest = body.split(_FURTHER)[0].strip().split("\n\n", 3)
    return Page(_join(meaning), _join(remedy), "".join(rest))


def page_address(slug: str) -> str:
    """Return the address of a page on the site of the documentation.

    A distribution names the site as its URL `Documentation`. Without one, the address
    is relative to the root of the project.
    """
    site = _site()
    return f"{site}/diagnostics/{slug}/" if site else f"docs/diagnostics/{slug}.md"


@cache
def _site() -> str:
    # Most runs print no address, and the module takes a tenth of their start.
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = metadata("naftiko-gen").get_all("Project-URL", [])
    except PackageNotFoundError:  # a checkout that isn't installed
        return ""
    addresses: dict[str, str] = dict(url.split(", ", 1) for url in urls)
    return addresses.get("Documentation", "").rstrip("/")


def _join(paragraph: str) -> str:
    return " ".join(paragraph.split("\n"))


class Severity(StrEnum):
    """The severity of a diagnostic."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Trait(Enum):
    """A special treatment of a code.

    Attributes:
        ALWAYS_REPORTED: A warning that protects the machine on which a stranger's
            package runs. The configuration may be the stranger's too, so it can turn
            it into an error, but can't silence or lower it.
        EXTENSION: A note about an extension of the official language; nothing is
            guessed or left out. A spec can acknowledge these notes, and no others.
        NEVER_FIXED: A note that `fix` leaves alone, mostly because only the author
            knows the answer.
        REMARK: A warning about the size of the result. The compiler assumed nothing,
            so a strict run doesn't refuse it; the configuration can.
    """

    ALWAYS_REPORTED = auto()
    EXTENSION = auto()
    NEVER_FIXED = auto()
    REMARK = auto()


class Code(Enum):
    """A kind of diagnostic. Slugs are stable: scripts and configurations use them."""

    UNUSABLE_CONFIGURATION = "unusable-configuration", Severity.ERROR
    TOML_SYNTAX = "toml-syntax", Severity.ERROR
    SEVERAL_CONFIGURATIONS = "several-configurations", Severity.ERROR
    UNKNOWN_SETTING = "unknown-setting", Severity.ERROR
    WRONG_SETTING = "wrong-setting", Severity.ERROR
    UNKNOWN_CODE = "unknown-code", Severity.ERROR
    FIXED_SEVERITY = "fixed-severity", Severity.ERROR
    NO_SPECS = "no-specs", Severity.ERROR

    UNREADABLE_FILE = "unreadable-file", Severity.ERROR
    FILE_TOO_LARGE = "file-too-large", Severity.ERROR
    TRUNCATED_DOCUMENT = "truncated-document", Severity.ERROR
    NOT_UTF8 = "not-utf8", Severity.ERROR
    FORBIDDEN_CHARACTER = "forbidden-character", Severity.ERROR
    YAML_SYNTAX = "yaml-syntax", Severity.ERROR
    YAML_DIRECTIVE = "yaml-directive", Severity.ERROR
    YAML_TAG = "yaml-tag", Severity.ERROR
    ANCHOR_OR_ALIAS = "anchor-or-alias", Severity.ERROR
    MERGE_KEY = "merge-key", Severity.ERROR
    SEVERAL_DOCUMENTS = "several-documents", Severity.ERROR
    DUPLICATE_KEY = "duplicate-key", Severity.ERROR
    UNUSABLE_KEY = "unusable-key", Severity.ERROR
    TOO_DEEP = "too-deep", Severity.ERROR
    TOO_COMPLEX = "too-complex", Severity.ERROR
    STRING_TOO_LONG = "string-too-long", Severity.ERROR
    NUMBER_TOO_LARGE = "number-too-large", Severity.ERROR
    EMPTY_DOCUMENT = "empty-document", Severity.ERROR
    NOT_A_MAPPING = "not-a-mapping", Severity.ERROR
    IGNORED_PRAGMA = "ignored-pragma", Severity.NOTE, Trait.NEVER_FIXED

    IMPORT_LIST = "import-list", Severity.NOTE
    IMPORT_LOCATION = "import-location", Severity.NOTE
    IMPORT_NAME = "import-name", Severity.NOTE
    IMPORT_NAMESPACE = "import-namespace", Severity.WARNING
    IMPORT_OPENAPI = "import-openapi", Severity.NOTE, Trait.EXTENSION
    IMPORT_NOT_FOUND = "import-not-found", Severity.ERROR
    UNUSABLE_IMPORT = "unusable-import", Severity.ERROR
    IMPORT_CYCLE = "import-cycle", Severity.ERROR
    STANDALONE_IMPORT = "standalone-import", Severity.ERROR
    TOO_MANY_IMPORTS = "too-many-imports", Severity.ERROR
    UNKNOWN_IMPORT = "unknown-import", Severity.ERROR
    IMPORT_COLLISION = "import-collision", Severity.ERROR

    NOT_A_CAPABILITY = "not-a-capability", Severity.ERROR
    UNKNOWN_VERSION = "unknown-version", Severity.ERROR
    SNAPSHOT_VERSION = "snapshot-version", Severity.WARNING
    OLDER_SPELLING = "older-spelling", Severity.NOTE
    KUBERNETES_RESOURCE = "kubernetes-resource", Severity.NOTE, Trait.NEVER_FIXED
    READ_AS_ALPHA2 = "read-as-alpha2", Severity.NOTE
    NULL_IS_ABSENT = "null-is-absent", Severity.NOTE
    EMPTY_IS_ABSENT = "empty-is-absent", Severity.NOTE
    LABEL_ALIAS = "label-alias", Severity.NOTE
    AUTHENTICATION_ALIAS = "authentication-alias", Severity.NOTE
    BEARER_VALUE = "bearer-value", Severity.NOTE
    API_KEY_ALIAS = "apikey-alias", Severity.NOTE
    AUTHENTICATION_TYPE = "authentication-type", Severity.NOTE
    CREDENTIAL_FIELD = "credential-field", Severity.NOTE
    CREDENTIAL_SCHEME = "credential-scheme", Severity.NOTE, Trait.EXTENSION
    CREDENTIAL_ALTERNATIVES = "credential-alternatives", Severity.NOTE, Trait.EXTENSION
    PARAMETER_STYLE = "parameter-style", Severity.NOTE, Trait.EXTENSION
    IGNORED_STYLE = "ignored-style", Severity.WARNING
    BODY_ALTERNATIVES = "body-alternatives", Severity.NOTE, Trait.EXTENSION
    UNUSABLE_ALTERNATIVE = "unusable-alternative", Severity.WARNING
    PART_HEADERS = "part-headers", Severity.NOTE, Trait.EXTENSION
    BIND_DEFAULT = "bind-default", Severity.NOTE, Trait.EXTENSION
    UNUSABLE_DEFAULT = "unusable-default", Severity.ERROR
    API_KEY_HEADER = "apikey-header", Severity.NOTE
    API_KEY_LIST = "apikey-list", Severity.NOTE, Trait.EXTENSION
    API_KEY_PLACEMENT = "apikey-placement", Severity.NOTE, Trait.EXTENSION
    CREDENTIAL_SETTING = "credential-setting", Severity.WARNING
    LEADING_SLASH = "leading-slash", Severity.NOTE
    PATH_QUERY = "path-query", Severity.NOTE
    SINGLE_BRACE_PATH = "single-brace-path", Severity.NOTE
    DOUBLE_BRACE_ROUTE = "double-brace-route", Severity.NOTE
    EMPTY_NAME = "empty-name", Severity.WARNING
    INFORMATION = "information", Severity.NOTE
    CAPABILITY_VERSION = "capability-version", Severity.NOTE, Trait.EXTENSION
    ASSUMED_VERSION = "assumed-version", Severity.NOTE, Trait.NEVER_FIXED
    MISSING_VERSION = "missing-version", Severity.NOTE, Trait.NEVER_FIXED
    BOOLEAN_KEY = "boolean-key", Severity.WARNING
    REFERENCE_PREFIX = "reference-prefix", Severity.NOTE
    STEP_REFERENCE = "step-reference", Severity.NOTE
    UNREAD_REFERENCE = "unread-reference", Severity.WARNING
    ADAPTER_DESCRIPTION = "adapter-description", Severity.NOTE, Trait.EXTENSION
    TOOL_SURFACE = "tool-surface", Severity.NOTE, Trait.EXTENSION
    CLIENT_TEXT = "client-text", Severity.NOTE, Trait.EXTENSION
    PARAMETER_METADATA = "parameter-metadata", Severity.NOTE, Trait.EXTENSION
    OPAQUE_OUTPUT = "opaque-output", Severity.NOTE, Trait.EXTENSION
    READ_AS_TEXT = "read-as-text", Severity.NOTE
    NUMBER_BASE = "number-base", Severity.WARNING
    READ_AS_NUMBER = "read-as-number", Severity.NOTE
    VARIABLE_NAME = "variable-name", Severity.NOTE
    BASE_URI_SCHEME = "base-uri-scheme", Severity.NOTE
    OPERATION_ID = "operation-id", Severity.NOTE
    OPERATION_TAGS = "operation-tags", Severity.NOTE, Trait.EXTENSION
    OPERATION_PATH = "operation-path", Severity.NOTE
    RESOURCE_NAME = "resource-name", Severity.NOTE
    ROUTE_QUERY = "route-query", Severity.WARNING
    NAMED_OUTPUTS = "named-outputs", Severity.NOTE
    UNMAPPED_OUTPUT = "unmapped-output", Severity.NOTE
    XML_ROOT = "xml-root", Severity.NOTE, Trait.EXTENSION
    ADAPTER_TYPE = "adapter-type", Severity.NOTE
    ADAPTER_INPUTS = "adapter-inputs", Severity.NOTE
    PROMPT_TEXT = "prompt-text", Severity.NOTE
    LISTED_PROPERTIES = "listed-properties", Severity.NOTE
    ADAPTER_NAMESPACE = "adapter-namespace", Severity.NOTE
    ADAPTER_PORT = "adapter-port", Severity.NOTE
    DROPPED_ADAPTER = "dropped-adapter", Severity.WARNING
    SKILL_TOOLS = "skill-tools", Severity.NOTE
    SKILL_CALL = "skill-call", Severity.NOTE
    PARAMETER_PLACE = "parameter-place", Severity.NOTE
    STRUCTURED_VALUE = "structured-value", Severity.NOTE
    INPUT_PLACE = "input-place", Severity.NOTE
    INPUT_MAPPING = "input-mapping", Severity.NOTE
    BIND_REFERENCE = "bind-reference", Severity.NOTE
    ENVIRONMENT_REFERENCE = "environment-reference", Severity.NOTE
    BODY_TYPE_ALIAS = "body-type-alias", Severity.NOTE
    SINGLE_FIELD_BODY = "single-field-body", Severity.NOTE
    MULTIPART_FIELDS = "multipart-fields", Severity.NOTE
    FILE_PART = "file-part", Severity.WARNING

    MISSING_KEY = "missing-key", Severity.ERROR
    UNKNOWN_KEY = "unknown-key", Severity.ERROR
    WRONG_TYPE = "wrong-type", Severity.ERROR
    WRONG_VALUE = "wrong-value", Severity.ERROR
    UNSUPPORTED = "unsupported", Severity.ERROR
    PROPOSED_FEATURE = "proposed-feature", Severity.ERROR
    UNKNOWN_ADAPTER = "unknown-adapter", Severity.ERROR

    NOTHING_EXPOSED = "nothing-exposed", Severity.ERROR
    EMPTY_ADAPTER = "empty-adapter", Severity.ERROR
    NO_CALL = "no-call", Severity.ERROR
    UNUSABLE_FORWARD = "unusable-forward", Severity.ERROR
    UNTRUSTED_HEADER = "untrusted-header", Severity.WARNING
    OVERRIDING_HEADER = "overriding-header", Severity.WARNING
    UNUSABLE_URI = "unusable-uri", Severity.ERROR
    SEVERAL_CONTENTS = "several-contents", Severity.ERROR
    DUPLICATE_CONTENT = "duplicate-content", Severity.ERROR
    VALUELESS_PARAMETER = "valueless-parameter", Severity.ERROR
    LIMITED_SIZE = "limited-size", Severity.WARNING
    UNDECLARED_BINARY = "undeclared-binary", Severity.WARNING
    UNUSABLE_FILE = "unusable-file", Severity.ERROR
    UNDECLARED_ARGUMENT = "undeclared-argument", Severity.WARNING
    DUPLICATE_STEP = "duplicate-step", Severity.ERROR
    MIXED_STEPS = "mixed-steps", Severity.ERROR
    UNKNOWN_FUNCTION = "unknown-function", Severity.ERROR
    DUPLICATE_FUNCTION = "duplicate-function", Severity.ERROR
    BARE_REFERENCE = "bare-reference", Severity.NOTE
    UNKNOWN_STEP = "unknown-step", Severity.ERROR
    CONFLICTING_MAPPING = "conflicting-mapping", Severity.ERROR
    EMPTY_MOCK = "empty-mock", Severity.WARNING
    UNUSED_STEP = "unused-step", Severity.WARNING
    SCRIPT_STEP = "script-step", Severity.NOTE, Trait.NEVER_FIXED
    UNUSABLE_SCRIPT = "unusable-script", Severity.ERROR
    STEPS_TOGETHER = "steps-together", Severity.NOTE, Trait.NEVER_FIXED
    UNKNOWN_OPERATION = "unknown-operation", Severity.ERROR
    UNKNOWN_NAMESPACE = "unknown-namespace", Severity.ERROR
    SKIPPED_UNIT = "skipped-unit", Severity.WARNING
    ASSUMED_NAMESPACE = "assumed-namespace", Severity.WARNING
    UNKNOWN_PARAMETER = "unknown-parameter", Severity.ERROR
    CLOSE_PARAMETER = "close-parameter", Severity.WARNING
    EXTRA_PARAMETER = "extra-parameter", Severity.WARNING
    UNDESCRIBED_BODY = "undescribed-body", Severity.NOTE
    UNKNOWN_SKILL_TOOL = "unknown-skill-tool", Severity.ERROR
    DUPLICATE_NAMESPACE = "duplicate-namespace", Severity.ERROR
    MERGED_NAMESPACE = "merged-namespace", Severity.WARNING
    DUPLICATE_OPERATION = "duplicate-operation", Severity.WARNING
    DUPLICATE_ROUTE = "duplicate-route", Severity.WARNING
    ROUTE_ORDER = "route-order", Severity.NOTE
    HIDDEN_DOCUMENT = "hidden-document", Severity.WARNING
    DUPLICATE_TOOL = "duplicate-tool", Severity.WARNING
    CLIENT_ALIAS = "client-alias", Severity.NOTE
    DUPLICATE_NAME = "duplicate-name", Severity.NOTE
    PORT_COLLISION = "port-collision", Severity.ERROR
    SETTING_COLLISION = "setting-collision", Severity.ERROR
    UNUSABLE_BASE_URI = "unusable-base-uri", Severity.ERROR
    BASE_URI_VARIABLE = "base-uri-variable", Severity.NOTE
    METADATA_ADDRESS = "metadata-address", Severity.WARNING, Trait.ALWAYS_REPORTED
    PATH_PARAMETER_NOT_IN_TEMPLATE = "path-parameter-not-in-template", Severity.ERROR
    PATH_FROM_ROUTE = "path-from-route", Severity.WARNING
    PATH_FROM_VERB = "path-from-verb", Severity.WARNING
    GUESSED_PATH = "guessed-path", Severity.WARNING
    UNUSABLE_PATH = "unusable-path", Severity.ERROR
    UNDECLARED_PATH_VARIABLE = "undeclared-path-variable", Severity.NOTE
    CALLERS_BODY = "callers-body", Severity.NOTE
    UNUSABLE_JSON = "unusable-json", Severity.ERROR
    NO_JSON = "no-json", Severity.WARNING
    IMPLICIT_PARAMETER = "implicit-parameter", Severity.NOTE
    IMPLICIT_VARIABLE = "implicit-variable", Severity.WARNING
    BIND_PROVIDER = "bind-provider", Severity.WARNING
    LARGE_TOOL_LIST = "large-tool-list", Severity.WARNING, Trait.REMARK
    SHARED_CREDENTIAL = "shared-credential", Severity.WARNING
    ABSOLUTE_BIND_FILE = "absolute-bind-file", Severity.WARNING, Trait.ALWAYS_REPORTED
    UNUSABLE_BIND_LOCATION = "unusable-bind-location", Severity.ERROR
    UNUSED_BINDING = "unused-binding", Severity.NOTE, Trait.NEVER_FIXED
    UNUSED_PARAMETER = "unused-parameter", Severity.WARNING
    UNUSED_INPUT = "unused-input", Severity.WARNING
    IGNORED_ARGUMENT = "ignored-argument", Severity.WARNING
    UNUSED_ARGUMENT = "unused-argument", Severity.WARNING
    UNUSABLE_VARIABLE = "unusable-variable", Severity.ERROR
    UNUSABLE_TEMPLATE = "unusable-template", Severity.ERROR
    UNUSABLE_HEADER = "unusable-header", Severity.ERROR
    UNUSABLE_COOKIE = "unusable-cookie", Severity.ERROR
    REDUNDANT_HEADER = "redundant-header", Severity.WARNING
    REDUNDANT_PARAMETER = "redundant-parameter", Severity.WARNING
    UNUSABLE_CREDENTIAL = "unusable-credential", Severity.ERROR
    UNBOUND_GUARD = "unbound-guard", Severity.ERROR
    UNUSED_AUTHENTICATION = "unused-authentication", Severity.NOTE, Trait.NEVER_FIXED
    LITERAL_CREDENTIAL = "literal-credential", Severity.ERROR
    UNSUPPORTED_JSONPATH = "unsupported-jsonpath", Severity.ERROR
    MISTYPED_VALUE = "mistyped-value", Severity.WARNING
    UNUSABLE_SCHEMA = "unusable-schema", Severity.ERROR
    MISSING_SCHEMA = "missing-schema", Severity.ERROR
    IGNORED_SCHEMA = "ignored-schema", Severity.NOTE, Trait.NEVER_FIXED
    IGNORED_JSONPATH = "ignored-jsonpath", Severity.WARNING
    CONSTANT_OUTPUT = "constant-output", Severity.NOTE, Trait.NEVER_FIXED
    NOT_OBSERVED = "not-observed", Severity.NOTE, Trait.NEVER_FIXED
    IGNORED_PATTERN = "ignored-pattern", Severity.WARNING
    UNUSABLE_RESTRICTION = "unusable-restriction", Severity.ERROR
    ON_MISMATCH = "on-mismatch", Severity.NOTE, Trait.EXTENSION
    RESPONSE_SCHEMA = "response-schema", Severity.NOTE, Trait.EXTENSION
    INPUT_RESTRICTION = "input-restriction", Severity.NOTE, Trait.EXTENSION
    IGNORED_OUTPUT = "ignored-output", Severity.WARNING
    MISSING_DESCRIPTION = "missing-description", Severity.NOTE
    REFERENCE_PLACE = "reference-place", Severity.NOTE
    WHOLE_BODY = "whole-body", Severity.NOTE
    MEMBER_OF_BODY = "member-of-body", Severity.NOTE
    CLOSE_VARIABLE = "close-variable", Severity.NOTE
    INFERRED_INPUT = "inferred-input", Severity.NOTE
    UNDECLARED_INPUT = "undeclared-input", Severity.WARNING
    MISSPELT_INPUT = "misspelt-input", Severity.ERROR
    EXPOSED_PARAMETER = "exposed-parameter", Severity.NOTE
    ADDED_INPUT = "added-input", Severity.WARNING
    REQUIRED_BY_OPERATION = "required-by-operation", Severity.NOTE
    IGNORED_ADDRESS = "ignored-address", Severity.NOTE, Trait.NEVER_FIXED
    IGNORED_KEY = "ignored-key", Severity.NOTE
    IGNORED_INSTRUCTION = "ignored-instruction", Severity.WARNING
    IGNORED_PERMISSION = "ignored-permission", Severity.WARNING, Trait.ALWAYS_REPORTED
    SKILL_NAME = "skill-name", Severity.NOTE, Trait.NEVER_FIXED
    DUPLICATE_SKILL = "duplicate-skill", Severity.ERROR
    UNUSABLE_LOCATION = "unusable-location", Severity.ERROR
    PAGINATION = "pagination", Severity.NOTE, Trait.EXTENSION
    UNUSABLE_PAGINATION = "unusable-pagination", Severity.ERROR
    PAGING_FOUND = "paging-found", Severity.NOTE, Trait.NEVER_FIXED
    UNPAGED_LIST = "unpaged-list", Severity.NOTE, Trait.NEVER_FIXED
    UNSAFE_HINT = "unsafe-hint", Severity.WARNING
    FALSE_HINT = "false-hint", Severity.ERROR
    UNESCAPED_GRAPHQL = "unescaped-graphql", Severity.WARNING
    UNENCRYPTED_CREDENTIAL = "unencrypted-credential", Severity.WARNING
    UNGUARDED_OPERATION = "unguarded-operation", Severity.WARNING

    CONFUSABLE_TOOLS = "confusable-tools", Severity.WARNING
    MISSING_PURPOSE = "missing-purpose", Severity.WARNING
    UNDESCRIBED_INPUT = "undescribed-input", Severity.NOTE, Trait.NEVER_FIXED
    IGNORED_WORKFLOW = "ignored-workflow", Severity.WARNING

    UNUSABLE_OPENAPI = "unusable-openapi", Severity.ERROR
    UNUSABLE_REFERENCE = "unusable-reference", Severity.WARNING
    NOT_CARRIED_OVER = "not-carried-over", Severity.NOTE, Trait.NEVER_FIXED
    IMPORT_CONFLICT = "import-conflict", Severity.WARNING

    DUPLICATE_PACKAGE = "duplicate-package", Severity.ERROR
    OUTDATED_PACKAGE = "outdated-package", Severity.ERROR
    UNUSABLE_DEPFILE = "unusable-depfile", Severity.ERROR
    UNUSABLE_OUTPUT = "unusable-output", Severity.ERROR
    BROKEN_MANIFEST = "broken-manifest", Severity.ERROR
    FOREIGN_PACKAGE = "foreign-package", Severity.ERROR
    EDITED_GENERATED_FILE = "edited-generated-file", Severity.ERROR
    FOREIGN_MODULE = "foreign-module", Severity.ERROR

    def __init__(
        self, slug: str, severity: Severity, trait: Trait | None = None
    ) -> None:
        self.slug = slug
        self.severity = severity
        self.trait = trait

    @property
    def meaning(self) -> str:
        """Return the meaning, which the page of the code tells first."""
        return read_page(self.slug).meaning

    @property
    def remedy(self) -> str:
        """Return the remedy, which the page tells after the meaning."""
        return read_page(self.slug).remedy

    @classmethod
    def of(cls, slug: str) -> Code | None:
        """Return the code with that slug, or None."""
        return _by_slug().get(slug)


@cache
def _by_slug() -> dict[str, Code]:
    """Return all codes: a cache entry of a large spec names thousands."""
    return {code.slug: code for code in Code}


ALWAYS_REPORTED = frozenset(c for c in Code if c.trait is Trait.ALWAYS_REPORTED)
EXTENSIONS = frozenset(code for code in Code if code.trait is Trait.EXTENSION)
NEVER_FIXED = frozenset(code for code in Code if code.trait is Trait.NEVER_FIXED)
