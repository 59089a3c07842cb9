"""The table of diagnostic codes: slug, severity, what it means and what to do about it.

`docs/diagnostics.md` shows this table; `naftiko-gen --explain CODE` prints a row of it.
"""

from __future__ import annotations

from enum import Enum, StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_ACKNOWLEDGE = (
    "Nothing needs doing. A line `# naftiko-gen: extension` above it says that it is "
    "meant."
)


class Code(Enum):
    """A kind of finding. Slugs are stable: scripts and configurations name them."""

    # Configuring
    UNUSABLE_CONFIGURATION = (
        "unusable-configuration",
        Severity.ERROR,
        "The file of the configuration can't be read, or holds none.",
        "Correct what `--config` names, or run with `--no-config`.",
    )
    TOML_SYNTAX = (
        "toml-syntax",
        Severity.ERROR,
        "The file of the configuration isn't TOML.",
        "Most often a text needs quotes, or a list its bracket.",
    )
    SEVERAL_CONFIGURATIONS = (
        "several-configurations",
        Severity.ERROR,
        "A directory has `naftiko-gen.toml`, and `pyproject.toml` with a table "
        "`[tool.naftiko-gen]`.",
        "Delete one of the two, or name one with `--config`.",
    )
    UNKNOWN_SETTING = (
        "unknown-setting",
        Severity.ERROR,
        "The configuration has a key that is no setting.",
        "Correct or delete it.",
    )
    WRONG_SETTING = (
        "wrong-setting",
        Severity.ERROR,
        "A setting has a value that it can't have.",
        "Give it another value, or delete it.",
    )
    UNKNOWN_CODE = (
        "unknown-code",
        Severity.ERROR,
        "The configuration changes the severity of a code that there isn't.",
        "Correct or delete it.",
    )
    FIXED_SEVERITY = (
        "fixed-severity",
        Severity.ERROR,
        "The configuration makes less of an error, but what has one can't be compiled.",
        "Delete it; warnings and notes alone can be changed.",
    )
    NO_SPECS = (
        "no-specs",
        Severity.ERROR,
        "No spec is named on the command line, and the configuration names none that "
        "is there.",
        "Correct `specs`, whose names start at the directory of the configuration.",
    )

    # Reading the file
    UNREADABLE_FILE = (
        "unreadable-file",
        Severity.ERROR,
        "The file can't be opened.",
        "Check the path and the permissions.",
    )
    FILE_TOO_LARGE = (
        "file-too-large",
        Severity.ERROR,
        "The file is larger than 4 MiB.",
        "Split the document.",
    )
    TRUNCATED_DOCUMENT = (
        "truncated-document",
        Severity.ERROR,
        "The file says of itself that a catalogue cut it off.",
        "Fetch the full document from the address at its end.",
    )
    NOT_UTF8 = (
        "not-utf8",
        Severity.ERROR,
        "The file isn't UTF-8 text.",
        "Save it as UTF-8.",
    )
    FORBIDDEN_CHARACTER = (
        "forbidden-character",
        Severity.ERROR,
        "The text holds a character that hides, reorders or ends text unseen: a "
        "control, zero-width or bidirectional character, a surrogate, a noncharacter.",
        "Delete it; where a string needs it, write its escape in double quotes.",
    )
    YAML_SYNTAX = (
        "yaml-syntax",
        Severity.ERROR,
        "The file isn't YAML.",
        "Most often a value needs quotes or a line another indentation.",
    )
    YAML_DIRECTIVE = (
        "yaml-directive",
        Severity.ERROR,
        "The file has a directive other than `%YAML 1.2`.",
        "Delete the line.",
    )
    YAML_TAG = (
        "yaml-tag",
        Severity.ERROR,
        "A value has an explicit type such as `!!str`.",
        "Delete the tag; quote a value that must be a string.",
    )
    ANCHOR_OR_ALIAS = (
        "anchor-or-alias",
        Severity.ERROR,
        "A value is shared with `&name` and `*name`.",
        "Write the value out at each place; quote a text that starts with & or *.",
    )
    MERGE_KEY = (
        "merge-key",
        Severity.ERROR,
        "A mapping takes keys over from another one with `<<`.",
        "Write the keys out.",
    )
    SEVERAL_DOCUMENTS = (
        "several-documents",
        Severity.ERROR,
        "The file has more than one document.",
        "Put each document into a file of its own.",
    )
    DUPLICATE_KEY = (
        "duplicate-key",
        Severity.ERROR,
        "A mapping has the same key twice.",
        "Rename or delete one of the two.",
    )
    UNUSABLE_KEY = (
        "unusable-key",
        Severity.ERROR,
        "A key is empty, a list or a mapping.",
        "Make it a text; quote a `{{…}}` that is meant as a value.",
    )
    TOO_DEEP = (
        "too-deep",
        Severity.ERROR,
        "Lists and mappings are nested more than 64 deep.",
        "Flatten the document.",
    )
    TOO_COMPLEX = (
        "too-complex",
        Severity.ERROR,
        "The document has more than 400,000 YAML events.",
        "Split the document.",
    )
    STRING_TOO_LONG = (
        "string-too-long",
        Severity.ERROR,
        "A string has more than 32,768 characters.",
        "Shorten it.",
    )
    NUMBER_TOO_LARGE = (
        "number-too-large",
        Severity.ERROR,
        "A number isn't finite, or has more than 4,300 digits.",
        "Quote it if it is a text.",
    )
    EMPTY_DOCUMENT = (
        "empty-document",
        Severity.ERROR,
        "The file holds nothing but blank lines and comments.",
        "Write a capability into it.",
    )
    NOT_A_MAPPING = (
        "not-a-mapping",
        Severity.ERROR,
        "The document is a list or a single value.",
        "Start with `naftiko:` and `capability:`.",
    )
    IGNORED_PRAGMA = (
        "ignored-pragma",
        Severity.NOTE,
        "A comment `# naftiko-gen: …` has no effect: it has another word than "
        "`extension`, or isn't right above a line that starts in its column.",
        "Correct it, or delete it.",
    )

    # Importing
    IMPORT_LIST = (
        "import-list",
        Severity.NOTE,
        "A list of imports is read as entries of `consumes`, in front of the others.",
        "Write the imports into `capability.consumes`.",
    )
    IMPORT_LOCATION = (
        "import-location",
        Severity.NOTE,
        "The file of an import has another key than `location`, or none.",
        "Write `location`.",
    )
    IMPORT_NAME = (
        "import-name",
        Severity.NOTE,
        "`namespace` or `name` says which API of a file is imported.",
        "Write `import`.",
    )
    IMPORT_NAMESPACE = (
        "import-namespace",
        Severity.WARNING,
        "A file declares a single API, which is imported under the name that the "
        "document gives it.",
        "Write `import` with its own namespace, and `as` with the other name.",
    )
    IMPORT_OPENAPI = (
        "import-openapi",
        Severity.NOTE,
        "What an OpenAPI document describes is imported. Its operations are called by "
        "their ids, or by other words of the same letters.",
        "Import what `naftiko-gen import` writes, to see and to choose the names; or "
        "say that it is meant, by a line `# naftiko-gen: extension` above it.",
    )
    IMPORT_NOT_FOUND = (
        "import-not-found",
        Severity.ERROR,
        "A file that is imported can't be opened.",
        "Correct the path, which is relative to the importing file.",
    )
    UNUSABLE_IMPORT = (
        "unusable-import",
        Severity.ERROR,
        "An import names no file in the document's directory or below, nor in the one "
        "that `--import-root` names; links count as where they lead.",
        "Move the file, or name a directory above both with `--import-root`.",
    )
    IMPORT_CYCLE = (
        "import-cycle",
        Severity.ERROR,
        "A file imports itself, directly or through others.",
        "Move what is shared into a file of its own.",
    )
    TOO_MANY_IMPORTS = (
        "too-many-imports",
        Severity.ERROR,
        "There are more than 64 imports, more than 8 inside each other, or more than "
        "4 MiB of them.",
        "Import less, or directly.",
    )
    UNKNOWN_IMPORT = (
        "unknown-import",
        Severity.ERROR,
        "A file doesn't declare the API that is imported from it.",
        "Correct the name.",
    )
    CONFLICTING_BINDS = (
        "conflicting-binds",
        Severity.ERROR,
        "A document and a file that it imports, or two such files, bind a name to "
        "different variables.",
        "Rename one of the two, or bind both to one variable.",
    )

    # Normalising
    NOT_A_CAPABILITY = (
        "not-a-capability",
        Severity.ERROR,
        "The document's root isn't that of a capability.",
        "Start with `naftiko:` and `capability:`.",
    )
    UNKNOWN_VERSION = (
        "unknown-version",
        Severity.ERROR,
        "`naftiko` isn't a version of the language that is known.",
        "Write `naftiko: 1.0.0-alpha2`.",
    )
    READ_AS_ALPHA2 = (
        "read-as-alpha2",
        Severity.NOTE,
        "A document of version 1.0.0-alpha1 is read by the rules of " "1.0.0-alpha2.",
        "Write `naftiko: 1.0.0-alpha2`.",
    )
    NULL_IS_ABSENT = (
        "null-is-absent",
        Severity.NOTE,
        "A list or mapping is null; it counts as absent.",
        "Delete the key.",
    )
    EMPTY_IS_ABSENT = (
        "empty-is-absent",
        Severity.NOTE,
        "A list or mapping has nothing in it; it counts as absent.",
        "Delete the key.",
    )
    LABEL_ALIAS = (
        "label-alias",
        Severity.NOTE,
        "`info.title` or `info.name` is read as `info.label`.",
        "Write `label`.",
    )
    AUTHENTICATION_ALIAS = (
        "authentication-alias",
        Severity.NOTE,
        "`auth` is read as `authentication`.",
        "Write `authentication`.",
    )
    BEARER_VALUE = (
        "bearer-value",
        Severity.NOTE,
        "The `value` of a bearer is read as its `token`, its `placement` as a header.",
        "Write `token`, and no `placement`.",
    )
    API_KEY_ALIAS = (
        "apikey-alias",
        Severity.NOTE,
        "`in` and `name` of an apikey are read as `placement` and `key`.",
        "Write `placement` and `key`.",
    )
    AUTHENTICATION_TYPE = (
        "authentication-type",
        Severity.NOTE,
        "The type of a credential is another spelling of one of the language.",
        "Write the type as the note says.",
    )
    CREDENTIAL_FIELD = (
        "credential-field",
        Severity.NOTE,
        "A part of a credential has another name here.",
        "Write the name that the note says.",
    )
    CREDENTIAL_SCHEME = (
        "credential-scheme",
        Severity.NOTE,
        "A credential is of a type that the official language doesn't have for what is "
        "consumed; requests are signed, carry a token or a client certificate.",
        _ACKNOWLEDGE,
    )
    CREDENTIAL_ALTERNATIVES = (
        "credential-alternatives",
        Severity.NOTE,
        "A credential has `alternatives`, of which one is enough: the package takes "
        "the first one whose variables are set. If the last one is `none`, requests "
        "are sent without a credential otherwise.",
        _ACKNOWLEDGE,
    )
    API_KEY_HEADER = (
        "apikey-header",
        Severity.NOTE,
        "A key is named by `header`, placed by its type, or its value called `token`.",
        "Write `type: apikey`, `key`, `value` and `placement`.",
    )
    API_KEY_LIST = (
        "apikey-list",
        Severity.NOTE,
        "`headers` or `parameters` of a credential are keys, all of which are sent.",
        _ACKNOWLEDGE,
    )
    API_KEY_PLACEMENT = (
        "apikey-placement",
        Severity.NOTE,
        "A key is sent in a cookie, as a member of every body, or in the path, where "
        "it stands for the variable of its name.",
        _ACKNOWLEDGE,
    )
    CREDENTIAL_SETTING = (
        "credential-setting",
        Severity.WARNING,
        "A credential lacks what is secret of it, or where tokens come from, or is a "
        "header that callers had to give; an environment variable has it.",
        "Write the template of a variable that `binds` has.",
    )
    LEADING_SLASH = (
        "leading-slash",
        Severity.NOTE,
        "A path has no slash at its start; one is put there.",
        "Start the path with `/`.",
    )
    PATH_QUERY = (
        "path-query",
        Severity.NOTE,
        "The query in a consumed path is sent as query parameters, a fragment "
        "never.",
        "Declare them as `inputParameters` with `in: query`.",
    )
    SINGLE_BRACE_PATH = (
        "single-brace-path",
        Severity.NOTE,
        "`{x}` in a consumed path is read as the variable `{{x}}`.",
        "Write `{{x}}`.",
    )
    DOUBLE_BRACE_ROUTE = (
        "double-brace-route",
        Severity.NOTE,
        "`{{x}}` in an exposed path is read as the variable `{x}`.",
        "Write `{x}`.",
    )
    EMPTY_NAME = (
        "empty-name",
        Severity.WARNING,
        "A consumed parameter without a name is left out.",
        "Name it, or delete it.",
    )
    INFORMATION = (
        "information",
        Severity.NOTE,
        "`info.personas` and a second label have no meaning for what is generated.",
        "Nothing needs doing.",
    )
    CAPABILITY_VERSION = (
        "capability-version",
        Severity.NOTE,
        "`info.version` becomes the version of the package. The official language has "
        "it from a later version on.",
        _ACKNOWLEDGE,
    )
    ASSUMED_VERSION = (
        "assumed-version",
        Severity.NOTE,
        "A package can't have the version that `info.version` says, so it gets the "
        "numbers at its start, else the day of `info.modified`, else 0.",
        "Write numbers with dots between them, such as `1.0.0`.",
    )
    MISSING_VERSION = (
        "missing-version",
        Severity.NOTE,
        "Nothing says which version the package has, so it is 0: `info` has no "
        "`version`, and neither `modified` nor `created` is a day.",
        "Write `version: 1.0.0` into `info`, below a line `# naftiko-gen: extension` "
        "if no note is to be left, or the day of the last change as `modified`.",
    )
    BOOLEAN_KEY = (
        "boolean-key",
        Severity.WARNING,
        "A key is a boolean and its value names a word that YAML 1.1 takes for that: "
        "`true: tools.on`. It is read as the word.",
        "Write the word as the key.",
    )
    REFERENCE_PREFIX = (
        "reference-prefix",
        Severity.NOTE,
        "`rest.x` or `tools.x` in `with` is read as the input x of this route "
        "or tool.",
        "Write the adapter's namespace in front: `{namespace}.x`.",
    )
    ADAPTER_DESCRIPTION = (
        "adapter-description",
        Severity.NOTE,
        "The description of a REST adapter becomes that of its OpenAPI " "document.",
        _ACKNOWLEDGE,
    )
    PARAMETER_METADATA = (
        "parameter-metadata",
        Severity.NOTE,
        "`type`, `required` and `description` of a consumed parameter describe "
        "the inputs that feed it.",
        _ACKNOWLEDGE,
    )
    OPAQUE_OUTPUT = (
        "opaque-output",
        Severity.NOTE,
        "An output without properties or items is passed on as it is.",
        "Leave `outputParameters` out if it is the whole answer. Else say its parts, "
        "or that it is meant, by a line `# naftiko-gen: extension` above it.",
    )
    READ_AS_TEXT = (
        "read-as-text",
        Severity.NOTE,
        "A number or boolean is read as it was typed, as the language has a text "
        "there.",
        "Quote it.",
    )
    NUMBER_BASE = (
        "number-base",
        Severity.WARNING,
        "A number in octal or hexadecimal or with leading zeros, `0o17`, `0x1F` or "
        "`007`, is read as the text that was typed; to YAML 1.2 it is a number.",
        "Quote it, or write the number in decimal, without leading zeros.",
    )
    READ_AS_NUMBER = (
        "read-as-number",
        Severity.NOTE,
        "A numeral in quotes is read as the number, as the language has one there.",
        "Write it without quotes.",
    )
    VARIABLE_NAME = (
        "variable-name",
        Severity.NOTE,
        "A bound variable has a name that no shell can set; underscores make it one.",
        "Name it as it is read.",
    )
    BASE_URI_SCHEME = (
        "base-uri-scheme",
        Severity.NOTE,
        "A base URI starts with a host; it is reached by https.",
        "Write `https://` in front of it.",
    )
    OPERATION_ID = (
        "operation-id",
        Severity.NOTE,
        "The `id` of an operation is read as its `name`.",
        "Write `name`.",
    )
    OPERATION_PATH = (
        "operation-path",
        Severity.NOTE,
        "The path of an operation continues that of its resource. If one in the same "
        "upstream or adapter repeats its resource's path, all are whole paths.",
        "Give the operation a resource with that path.",
    )
    RESOURCE_NAME = (
        "resource-name",
        Severity.NOTE,
        "A consumed resource without a name is named after its path.",
        "Name it.",
    )
    ROUTE_QUERY = (
        "route-query",
        Severity.WARNING,
        "What follows `?` or `#` in an exposed path becomes segments of it.",
        "Write them as segments.",
    )
    NAMED_OUTPUTS = (
        "named-outputs",
        Severity.NOTE,
        "Outputs with names are the members of one object.",
        "Write `{type: object, properties: {...}}`.",
    )
    ADAPTER_NAMESPACE = (
        "adapter-namespace",
        Severity.NOTE,
        "An adapter without a namespace is named after the package and its type.",
        "Give it a `namespace`.",
    )
    ADAPTER_PORT = (
        "adapter-port",
        Severity.NOTE,
        "An adapter without a port gets the first one from 8080 on that is free.",
        "Give it a `port`.",
    )
    DROPPED_ADAPTER = (
        "dropped-adapter",
        Severity.WARNING,
        "An adapter whose list is empty is left out.",
        "Delete it, or add what it exposes.",
    )
    SKILL_TOOLS = (
        "skill-tools",
        Severity.NOTE,
        "The `tools` of an adapter of skills are read as those of one skill.",
        "Write them into `skills`.",
    )
    SKILL_CALL = (
        "skill-call",
        Severity.NOTE,
        "A skill's own `call` is made by a tool or route that makes the same one. "
        "Without one, a tool is added to an MCP server.",
        "Expose it, and refer to it with `from`.",
    )
    PARAMETER_PLACE = (
        "parameter-place",
        Severity.NOTE,
        "A consumed parameter without `in` is in the path if that names it, else in "
        "the body, or in the query for methods without one.",
        "Write `in`.",
    )
    STRUCTURED_VALUE = (
        "structured-value",
        Severity.NOTE,
        "A structure as a parameter's value is a part of the template of the body.",
        "Write it into `body.data`.",
    )
    INPUT_PLACE = (
        "input-place",
        Severity.NOTE,
        "An input of a route without `in` is in the path if that names it, else "
        "where its `mapping` says, else in the body, or in the query for methods "
        "without one.",
        "Write `in`.",
    )
    INPUT_MAPPING = (
        "input-mapping",
        Severity.NOTE,
        "The `mapping` of an input names the parameter that it feeds.",
        "Write it into `with`.",
    )
    ENVIRONMENT_REFERENCE = (
        "environment-reference",
        Severity.NOTE,
        "`env.NAME` in `with` is read as the variable `{{env.NAME}}`.",
        "Write `{{env.NAME}}`.",
    )
    BODY_TYPE_ALIAS = (
        "body-type-alias",
        Severity.NOTE,
        "A type of body has another name in the language, or is a media type.",
        "Write that name.",
    )
    SINGLE_FIELD_BODY = (
        "single-field-body",
        Severity.NOTE,
        "A body of text or bytes has no fields: the value of its only one is the body.",
        "Write the value itself as `data`.",
    )
    MULTIPART_FIELDS = (
        "multipart-fields",
        Severity.NOTE,
        "The fields of a multipart body are read as parts of it.",
        "Write a list of parts with `name` and `value`.",
    )
    FILE_PART = (
        "file-part",
        Severity.WARNING,
        "A field of a multipart body is sent as a file, because it is called one.",
        "Write a list of parts; a file has a `filename`.",
    )

    # Validating
    MISSING_KEY = (
        "missing-key",
        Severity.ERROR,
        "A mapping lacks a key that the language requires.",
        "Add it.",
    )
    UNKNOWN_KEY = (
        "unknown-key",
        Severity.ERROR,
        "A mapping has a key that the language doesn't have at this place.",
        "Correct its spelling or delete it.",
    )
    WRONG_TYPE = (
        "wrong-type",
        Severity.ERROR,
        "A value is of another type than the language says.",
        "Give a value of that type.",
    )
    WRONG_VALUE = (
        "wrong-value",
        Severity.ERROR,
        "A value isn't one of those that the language allows.",
        "Choose an allowed value.",
    )
    UNSUPPORTED = (
        "unsupported",
        Severity.ERROR,
        "The document uses a feature of the language that can't be compiled.",
        "Leave it out, or express it otherwise.",
    )
    UNKNOWN_ADAPTER = (
        "unknown-adapter",
        Severity.ERROR,
        "No adapter has that type.",
        "Use rest, mcp or skill.",
    )

    # Resolving
    NOTHING_EXPOSED = (
        "nothing-exposed",
        Severity.ERROR,
        "The capability exposes nothing, so there is nothing to generate.",
        "Add an adapter to `exposes`.",
    )
    EMPTY_ADAPTER = (
        "empty-adapter",
        Severity.ERROR,
        "An adapter has no operations, tools or skills.",
        "Add one, or delete the adapter.",
    )
    NO_CALL = (
        "no-call",
        Severity.ERROR,
        "A route or tool names no operation that answers it.",
        "Add a `call`.",
    )
    UNKNOWN_OPERATION = (
        "unknown-operation",
        Severity.ERROR,
        "A call names an operation that no consumes block declares.",
        "Correct the name, declare the operation, or leave out what calls it with "
        "`--skip-unresolved`.",
    )
    SKIPPED_UNIT = (
        "skipped-unit",
        Severity.WARNING,
        "A route or tool is left out because of `--skip-unresolved`: its call names "
        "an operation that no consumes block declares.",
        "Correct the name, or declare the operation.",
    )
    ASSUMED_NAMESPACE = (
        "assumed-namespace",
        Severity.WARNING,
        "A call names a namespace that doesn't exist; it reaches the only operation "
        "of that name.",
        "Write the namespace of the operation.",
    )
    UNKNOWN_PARAMETER = (
        "unknown-parameter",
        Severity.ERROR,
        "`with` names a parameter that the operation doesn't have.",
        "Correct the name, or declare the parameter.",
    )
    CLOSE_PARAMETER = (
        "close-parameter",
        Severity.WARNING,
        "A key of `with` is a parameter's name in other case or punctuation.",
        "Write the parameter's name.",
    )
    EXTRA_PARAMETER = (
        "extra-parameter",
        Severity.WARNING,
        "`with` gives what the operation doesn't declare; by this call it is sent in "
        "the body of POST, PUT and PATCH, else in the query.",
        "Declare the parameter.",
    )
    UNDESCRIBED_BODY = (
        "undescribed-body",
        Severity.NOTE,
        "A POST, PUT or PATCH says nothing of a body; it takes an optional JSON body.",
        "Describe the body with `body` or a parameter `in: body`.",
    )
    UNKNOWN_SKILL_TOOL = (
        "unknown-skill-tool",
        Severity.ERROR,
        "A skill refers to a route or tool that no adapter exposes.",
        "Correct `sourceNamespace` and `action`.",
    )
    DUPLICATE_NAMESPACE = (
        "duplicate-namespace",
        Severity.ERROR,
        "Two adapters have the same namespace.",
        "Rename one of them.",
    )
    MERGED_NAMESPACE = (
        "merged-namespace",
        Severity.WARNING,
        "Two consumes blocks have the same namespace, which has the operations of "
        "both; each keeps its address and its credential.",
        "Rename one of them.",
    )
    DUPLICATE_OPERATION = (
        "duplicate-operation",
        Severity.WARNING,
        "A consumes block has two operations of one name; calls reach the " "first.",
        "Rename one of them.",
    )
    DUPLICATE_ROUTE = (
        "duplicate-route",
        Severity.WARNING,
        "Two operations of an adapter have the same method and path; the later one's "
        "path continues with its name.",
        "Change one of the paths.",
    )
    ROUTE_ORDER = (
        "route-order",
        Severity.NOTE,
        "A route stands behind one with a variable that would hide it; it is tried "
        "first.",
        "Put it in front of the other.",
    )
    HIDDEN_DOCUMENT = (
        "hidden-document",
        Severity.WARNING,
        "A route of a REST adapter has the path at which its OpenAPI document is "
        "served: the route answers there, and the document is in the package alone.",
        "Choose another path, unless that is what you want.",
    )
    DUPLICATE_TOOL = (
        "duplicate-tool",
        Severity.WARNING,
        "Two tools of an adapter have the same name; the later one gets a number.",
        "Rename one of them.",
    )
    CLIENT_ALIAS = (
        "client-alias",
        Severity.NOTE,
        "MCP clients refuse the name of a tool or argument; they have another one for "
        "it, which the tool's description explains.",
        "Use letters, digits, `_`, `.` and `-`.",
    )
    DUPLICATE_NAME = (
        "duplicate-name",
        Severity.NOTE,
        "Two operations of a REST adapter have the same name; the later one "
        "gets a number.",
        "Rename one of them.",
    )
    PORT_COLLISION = (
        "port-collision",
        Severity.ERROR,
        "Two adapters listen on the same port.",
        "Change one of the ports.",
    )
    SETTING_COLLISION = (
        "setting-collision",
        Severity.ERROR,
        "Two settings have the same environment variable.",
        "Rename a namespace, or bind another variable.",
    )
    UNUSABLE_BASE_URI = (
        "unusable-base-uri",
        Severity.ERROR,
        "A base URI isn't an http or https address of a host, alone or with a " "path.",
        "Write `https://host` or `https://host/path`.",
    )
    BASE_URI_VARIABLE = (
        "base-uri-variable",
        Severity.NOTE,
        "`{x}` in a base URI is a variable that `binds` has, else a setting that is "
        "named after the namespace; `${X}` is `{{X}}`.",
        "Write `{{X}}`, and bind it.",
    )
    METADATA_ADDRESS = (
        "metadata-address",
        Severity.WARNING,
        "A base URI or a token endpoint is a link-local address, or a service that "
        "gives a machine in a cloud its own credentials. Callers of the package read "
        "the responses. No configuration silences this.",
        "Don't run the package unless that is meant.",
    )
    PATH_PARAMETER_NOT_IN_TEMPLATE = (
        "path-parameter-not-in-template",
        Severity.ERROR,
        "A path parameter is declared, but the path has no such variable.",
        "Add `{{name}}` to the path, or change the parameter's `in`.",
    )
    PATH_FROM_ROUTE = (
        "path-from-route",
        Severity.WARNING,
        "A consumed path lacks the variables of its path parameters; a route that "
        "calls the operation says how it goes on.",
        "Add `{{name}}` to the path.",
    )
    PATH_FROM_VERB = (
        "path-from-verb",
        Severity.WARNING,
        "A consumed path lacks the variable of its path parameter; an operation on "
        "one thing has it at the end.",
        "Add `{{name}}` to the path.",
    )
    GUESSED_PATH = (
        "guessed-path",
        Severity.WARNING,
        "A consumed path lacks the variables of its path parameters; they are put at "
        "the end, which nothing but their order speaks for.",
        "Add `{{name}}` to the path.",
    )
    UNUSABLE_PATH = (
        "unusable-path",
        Severity.ERROR,
        "A path holds a query, a fragment, braces that don't match or characters that "
        "no URL has, or more than 1,000 variables, or leads away from its address: it "
        "is an address itself, begins with two slashes, or holds a relative segment or "
        "a backslash.",
        "Correct the path; another address is the `baseUri` of another consumes block.",
    )
    UNDECLARED_PATH_VARIABLE = (
        "undeclared-path-variable",
        Severity.NOTE,
        "A variable of a consumed path isn't declared there; it is required, and a "
        "string if nothing else declares it.",
        "Declare it with `in: path`.",
    )
    CALLERS_BODY = (
        "callers-body",
        Severity.NOTE,
        "A body without `data` is what the caller gives.",
        'Write `data: "{{body}}"`.',
    )
    UNUSABLE_JSON = (
        "unusable-json",
        Severity.ERROR,
        "A body that is written as text with values in it is sent as JSON and isn't "
        "JSON, so a value could become more than a value.",
        "Correct it, or declare a header `Content-Type` with the type that it has.",
    )
    NO_JSON = (
        "no-json",
        Severity.WARNING,
        "A body that is written as text isn't JSON, and no header says what it is; it "
        "is sent as it is, as JSON.",
        "Correct it, or declare a header `Content-Type`.",
    )
    IMPLICIT_PARAMETER = (
        "implicit-parameter",
        Severity.NOTE,
        "A template or an input's `mapping` uses a name that isn't declared; it is a "
        "parameter of the operation.",
        "Declare it in `inputParameters`.",
    )
    IMPLICIT_VARIABLE = (
        "implicit-variable",
        Severity.WARNING,
        "A template uses a name that `binds` doesn't declare; it is an "
        "environment variable.",
        "Declare it in `binds`.",
    )
    UNUSED_BINDING = (
        "unused-binding",
        Severity.NOTE,
        "A name in the document's own `binds` is used nowhere; the variable isn't "
        "asked for.",
        "Delete it.",
    )
    UNUSED_PARAMETER = (
        "unused-parameter",
        Severity.WARNING,
        "A body parameter has no place in the request body, so it isn't sent.",
        "Use it in `body`, or delete it.",
    )
    UNUSED_INPUT = (
        "unused-input",
        Severity.WARNING,
        "An input of a route or tool feeds nothing, so what callers give isn't sent.",
        "Refer to it in `with`, or delete it.",
    )
    IGNORED_ARGUMENT = (
        "ignored-argument",
        Severity.WARNING,
        "A unit gives a parameter a value that the operation or the credential fixes, "
        "so it isn't sent.",
        "Delete it, or the parameter's `value`.",
    )
    UNUSABLE_VARIABLE = (
        "unusable-variable",
        Severity.ERROR,
        "A name isn't that of an environment variable, or one that changes how "
        "programs start.",
        "Choose another name.",
    )
    UNUSABLE_TEMPLATE = (
        "unusable-template",
        Severity.ERROR,
        "A template holds something other than names between its braces.",
        "Write `{{name}}`.",
    )
    UNUSABLE_HEADER = (
        "unusable-header",
        Severity.ERROR,
        "A header's name isn't one, or one that only the HTTP client or a "
        "credential may set.",
        "Rename or delete the parameter.",
    )
    REDUNDANT_HEADER = (
        "redundant-header",
        Severity.WARNING,
        "A header parameter is left out: the HTTP client or the authentication sets "
        "that header itself, or callers have no access to it.",
        "Delete the parameter.",
    )
    REDUNDANT_PARAMETER = (
        "redundant-parameter",
        Severity.WARNING,
        "A parameter is where the credential stands, so it is left out.",
        "Delete the parameter; the credential is set by `authentication`.",
    )
    UNUSABLE_CREDENTIAL = (
        "unusable-credential",
        Severity.ERROR,
        "A credential can't be sent as it is written: a variable is missing in the "
        "path, a name can't be that of a cookie, a body has no place for it, the token "
        "endpoint is no URL, a user name has a colon, two kinds of signatures are "
        "mixed, its kind can't be one of several, or `none` isn't the last of them.",
        "Correct the credential.",
    )
    LITERAL_CREDENTIAL = (
        "literal-credential",
        Severity.ERROR,
        "A credential is written into the document.",
        "Bind it: `{{NAME}}`, with NAME in `binds`.",
    )
    UNSUPPORTED_JSONPATH = (
        "unsupported-jsonpath",
        Severity.ERROR,
        "A JSONPath uses more than names, indexes and `[*]`.",
        "Use `$.a`, `$['a b']`, `$.a[0]` or `$.a[*]`.",
    )
    IGNORED_MAPPING = (
        "ignored-mapping",
        Severity.WARNING,
        "The mapping of an object with properties is ignored: its properties "
        "start where it does.",
        "Delete it, or write it in front of the properties' own mappings.",
    )
    IGNORED_JSONPATH = (
        "ignored-jsonpath",
        Severity.WARNING,
        "The JSONPath of a consumed output uses more than names, indexes and `[*]`, "
        "and nothing is taken from the response by it.",
        "Write the `mapping` of an exposed output, as `$.a`, `$.a[0]` or `$.a[*]`.",
    )
    IGNORED_PATTERN = (
        "ignored-pattern",
        Severity.WARNING,
        "An input has a `pattern`, and nothing checks that values match it.",
        "Delete it; the upstream has to check the value.",
    )
    IGNORED_OUTPUT = (
        "ignored-output",
        Severity.WARNING,
        "Outputs after the first are ignored.",
        "Delete them, or make one object of them.",
    )
    MISSING_DESCRIPTION = (
        "missing-description",
        Severity.NOTE,
        "A tool or skill has no description; it has that of its operation or route, "
        "else its name in words.",
        "Say in `description` what it is for.",
    )
    REFERENCE_PLACE = (
        "reference-place",
        Severity.NOTE,
        "A reference says where its input is: in the path, the query, a header or the "
        "body.",
        "Declare the input, and name it alone.",
    )
    WHOLE_BODY = (
        "whole-body",
        Severity.NOTE,
        "A reference to `body` is the whole body of the request.",
        "Declare it: `{name: body, in: body}`.",
    )
    CLOSE_VARIABLE = (
        "close-variable",
        Severity.NOTE,
        "A route's variable is called otherwise than its input, in case or "
        "punctuation.",
        "Spell both the same.",
    )
    INFERRED_INPUT = (
        "inferred-input",
        Severity.NOTE,
        "An input isn't declared; it is described by the parameter that it " "feeds.",
        "Declare it in `inputParameters`.",
    )
    EXPOSED_PARAMETER = (
        "exposed-parameter",
        Severity.NOTE,
        "A route or tool without `with` and inputs passes every parameter of "
        "its operation on.",
        "Declare its inputs.",
    )
    ADDED_INPUT = (
        "added-input",
        Severity.WARNING,
        "A required parameter is given nothing; it becomes an input.",
        "Give it a value in `with`.",
    )
    REQUIRED_BY_OPERATION = (
        "required-by-operation",
        Severity.NOTE,
        "An optional input feeds a required parameter; it is required.",
        "Write `required: true`.",
    )
    IGNORED_ADDRESS = (
        "ignored-address",
        Severity.NOTE,
        "The `address` of an adapter is ignored, if other machines could connect "
        "there: the package listens on 127.0.0.1, unless `<NAMESPACE>_HOST` says "
        "otherwise and `<PACKAGE>_ALLOW_OPEN=1` allows it.",
        "Set the variables where the package is to listen there.",
    )
    IGNORED_KEY = (
        "ignored-key",
        Severity.NOTE,
        "A key has no meaning for what is generated.",
        "Nothing needs doing.",
    )
    IGNORED_INSTRUCTION = (
        "ignored-instruction",
        Severity.WARNING,
        "A skill has a file of instructions and no `location` that it is in.",
        "Say where it is installed with `location`.",
    )
    IGNORED_PERMISSION = (
        "ignored-permission",
        Severity.WARNING,
        "`allowed-tools` of a skill names something else than tools of the skill, and "
        "would let an agent use it without asking. No configuration silences this.",
        "Leave it out; the user of the skill allows it.",
    )
    SKILL_NAME = (
        "skill-name",
        Severity.NOTE,
        "The name of a skill isn't one of Agent Skills, which are 1 to 64 characters "
        "`a` to `z`, `0` to `9` and single `-` inside; the skill has one made of it.",
        "Write the name that the skill has.",
    )
    DUPLICATE_SKILL = (
        "duplicate-skill",
        Severity.ERROR,
        "Two skills have one name, or would have one directory.",
        "Rename one of them.",
    )
    UNUSABLE_LOCATION = (
        "unusable-location",
        Severity.ERROR,
        "The `location` or an `instruction` of a skill leads out of the directory that "
        "the skill has: it has relative segments, a backslash or a scheme other than "
        "`file`, a link leads out of the spec's directory, or it is absolute and "
        "doesn't end in `skills/` and the skill's name.",
        "Write a path below the spec, or `file:///…/skills/NAME`.",
    )
    UNSAFE_HINT = (
        "unsafe-hint",
        Severity.WARNING,
        "A hint claims more safety than the HTTP method of the call allows.",
        "Correct the hint, if it is wrong.",
    )
    UNESCAPED_GRAPHQL = (
        "unescaped-graphql",
        Severity.WARNING,
        "A text with values in it looks like a GraphQL document, and is neither the "
        "member `query` of a body nor of the type application/graphql: callers can "
        "write more than values there.",
        "Give the values as `variables`.",
    )
    UNENCRYPTED_CREDENTIAL = (
        "unencrypted-credential",
        Severity.WARNING,
        "A credential is sent to an http address, so everybody on the way can read it.",
        "Write `https://`, if the upstream has it.",
    )
    UNGUARDED_OPERATION = (
        "unguarded-operation",
        Severity.WARNING,
        "An adapter exposes what deletes, or says that it is destructive, and nothing "
        "authenticates its callers; without an `address` of this machine alone, it "
        "may listen on all of them. Its package listens on this machine.",
        "Write `address: localhost`, or serve it behind what authenticates callers.",
    )

    # OpenAPI documents
    UNUSABLE_OPENAPI = (
        "unusable-openapi",
        Severity.ERROR,
        "The file is no OpenAPI document that can be read, or describes too much.",
        "Name a document of Swagger 2.0, OpenAPI 3.0 or OpenAPI 3.1 that has `paths`.",
    )
    UNUSABLE_REFERENCE = (
        "unusable-reference",
        Severity.WARNING,
        "A `$ref` leads nowhere, in circles, or out of the document's directory; what "
        "it stands for is left out.",
        "Correct it; files have to be in the document's directory, nothing is fetched.",
    )
    NOT_CARRIED_OVER = (
        "not-carried-over",
        Severity.NOTE,
        "The OpenAPI document says what a capability can't say, or says otherwise.",
        "Look at the comment in the capability.",
    )

    # Publishing
    DUPLICATE_PACKAGE = (
        "duplicate-package",
        Severity.ERROR,
        "Two specs of one run have the same slug, so their packages would be one.",
        "Rename one of the files, or write them to different directories.",
    )
    OUTDATED_PACKAGE = (
        "outdated-package",
        Severity.ERROR,
        "`--check` finds that a package differs from a new compilation of its spec.",
        "Run naftiko-gen without `--check`, and commit the package.",
    )
    UNUSABLE_DEPFILE = (
        "unusable-depfile",
        Severity.ERROR,
        "The depfile or the stamp can't be written, or a file has a name that Make "
        "can't be told.",
        "Write it elsewhere, or rename the file.",
    )
    UNUSABLE_OUTPUT = (
        "unusable-output",
        Severity.ERROR,
        "The package can't be written where the output directory is.",
        "Name another directory with `-o`, or move away what is in the way.",
    )
    BROKEN_MANIFEST = (
        "broken-manifest",
        Severity.ERROR,
        "The manifest of an existing package can't be used.",
        "Restore `.naftiko-gen.json`, or overwrite the package with `--force`.",
    )
    FOREIGN_PACKAGE = (
        "foreign-package",
        Severity.ERROR,
        "The package that is there was compiled from another spec. Outside of a "
        "repository or a configured project, only the names of the spec files are "
        "compared: a spec with the same file name replaces the package.",
        "Remove it if that spec was renamed or moved, or replace it with `--force`.",
    )
    EDITED_GENERATED_FILE = (
        "edited-generated-file",
        Severity.ERROR,
        "A generated file was edited, or a file that isn't generated is in its place.",
        "Move the edit into a module of your own, or overwrite it with `--force`.",
    )
    FOREIGN_MODULE = (
        "foreign-module",
        Severity.ERROR,
        "The package's modules have something beside them that Python would import, "
        "maybe in the place of one of them, and that isn't generated.",
        "Keep code of your own outside of the directory of the generated modules, and "
        "delete what isn't yours.",
    )
    UNKNOWN_STAGING_DIRECTORY = (
        "unknown-staging-directory",
        Severity.WARNING,
        "A directory is called like one in which a run prepares a package, but nothing "
        "proves that you ran naftiko-gen there on this machine. It is left alone.",
        "Look below `old` in it for files of yours, then delete it.",
    )
    FILES_REPLACED_ONE_BY_ONE = (
        "files-replaced-one-by-one",
        Severity.NOTE,
        "The package directory can't be replaced in one step, as a mount point can't.",
        "Nothing needs doing; a killed run is completed by the next one.",
    )

    def __init__(
        self, slug: str, severity: Severity, meaning: str, remedy: str
    ) -> None:
        self.slug = slug
        self.severity = severity
        self.meaning = meaning
        self.remedy = remedy

    @classmethod
    def of(cls, slug: str) -> Code | None:
        """Return the code with that slug, or None."""
        return next((code for code in cls if code.slug == slug), None)


ALWAYS_SAID = frozenset({Code.IGNORED_PERMISSION, Code.METADATA_ADDRESS})
"""Warnings about what a stranger's spec wants from the machine that runs its package.

The configuration may be a stranger's too, so it can make errors of them and nothing
less.
"""

EXTENSIONS = frozenset(
    {
        Code.ADAPTER_DESCRIPTION,
        Code.API_KEY_LIST,
        Code.API_KEY_PLACEMENT,
        Code.CAPABILITY_VERSION,
        Code.CREDENTIAL_ALTERNATIVES,
        Code.CREDENTIAL_SCHEME,
        Code.IMPORT_OPENAPI,
        Code.OPAQUE_OUTPUT,
        Code.PARAMETER_METADATA,
    }
)
"""Notes about what is meant as it stands: nothing is guessed or left out, and the
official language has no place for it. A document can acknowledge them, and no others.
"""

NEVER_WRITTEN = frozenset(
    {
        Code.ASSUMED_VERSION,
        Code.FILES_REPLACED_ONE_BY_ONE,
        Code.IGNORED_ADDRESS,
        Code.IGNORED_PRAGMA,
        Code.MISSING_VERSION,
        Code.NOT_CARRIED_OVER,
        Code.SKILL_NAME,
        Code.UNUSED_BINDING,
    }
)
"""Notes that `fix` leaves alone: most often the author alone knows what to write."""
