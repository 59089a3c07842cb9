"""The list of diagnostic codes: slug and severity.

The page `docs/diagnostics/<slug>.md` has the meaning and the remedy of a code.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from functools import cache

from naftiko_gen.diagnostics.pages import read_page


class Severity(StrEnum):
    """The severity of a diagnostic."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_ACKNOWLEDGE = (
    "Nothing needs to be done. To silence the note, write `# naftiko-gen: extension` "
    "on the line above it."
)


class Code(Enum):
    """A kind of diagnostic. Slugs are stable: scripts and configurations use them."""

    # Configuring
    UNUSABLE_CONFIGURATION = (
        "unusable-configuration",
        Severity.ERROR,
        "The configuration file can't be read or used.",
        "Correct the path given to `--config`, or run with `--no-config`.",
    )
    TOML_SYNTAX = (
        "toml-syntax",
        Severity.ERROR,
        "The configuration file isn't valid TOML.",
        "Often a string lacks its quotes, or a list its closing bracket.",
    )
    SEVERAL_CONFIGURATIONS = (
        "several-configurations",
        Severity.ERROR,
        "A directory has both a `naftiko-gen.toml` and a `pyproject.toml` with a "
        "table `[tool.naftiko-gen]`, so it isn't clear which one applies.",
        "Delete one of the two, or choose one with `--config`.",
    )
    UNKNOWN_SETTING = (
        "unknown-setting",
        Severity.ERROR,
        "The configuration has a key that isn't a setting.",
        "Correct the key, or delete it.",
    )
    WRONG_SETTING = (
        "wrong-setting",
        Severity.ERROR,
        "A setting has a value of the wrong type, or one that isn't allowed.",
        "Change the value, or delete the setting.",
    )
    UNKNOWN_CODE = (
        "unknown-code",
        Severity.ERROR,
        "The configuration sets the severity of a code that doesn't exist.",
        "Correct the code, or delete the line.",
    )
    FIXED_SEVERITY = (
        "fixed-severity",
        Severity.ERROR,
        "The configuration lowers the severity of an error. A spec with an error "
        "can't be compiled, so errors stay errors.",
        "Delete the entry; only warnings and notes can be changed.",
    )
    NO_SPECS = (
        "no-specs",
        Severity.ERROR,
        "The command line names no spec, and no file matches the `specs` of the "
        "configuration.",
        "Correct `specs`; its paths start at the directory of the configuration file.",
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
        "A spec is larger than 32 MiB, or an OpenAPI document than 64 MiB.",
        "Split the file.",
    )
    TRUNCATED_DOCUMENT = (
        "truncated-document",
        Severity.ERROR,
        "The file is incomplete: its end says that a catalogue cut it off.",
        "Fetch the full file from the address at its end.",
    )
    NOT_UTF8 = (
        "not-utf8",
        Severity.ERROR,
        "The file isn't UTF-8 text.",
        "Save the file as UTF-8.",
    )
    FORBIDDEN_CHARACTER = (
        "forbidden-character",
        Severity.ERROR,
        "The text has a character that readers can't see and that can hide or reorder "
        "other text: a control, zero-width or bidirectional character, a surrogate or "
        "a noncharacter.",
        "Delete it; where a string needs it, write its escape in double quotes.",
    )
    YAML_SYNTAX = (
        "yaml-syntax",
        Severity.ERROR,
        "The file isn't valid YAML.",
        "Often a value lacks quotes, or a line has the wrong indentation.",
    )
    YAML_DIRECTIVE = (
        "yaml-directive",
        Severity.ERROR,
        "The file has a YAML directive other than `%YAML 1.2`.",
        "Delete the line.",
    )
    YAML_TAG = (
        "yaml-tag",
        Severity.ERROR,
        "A value has an explicit YAML tag such as `!!str`.",
        "Delete the tag; quote a value that must be a string.",
    )
    ANCHOR_OR_ALIAS = (
        "anchor-or-alias",
        Severity.ERROR,
        "A value is shared through an anchor (`&name`) and an alias (`*name`).",
        "Write the value out at each place; quote text that starts with & or *.",
    )
    MERGE_KEY = (
        "merge-key",
        Severity.ERROR,
        "A mapping copies the keys of another mapping with `<<`.",
        "Write the keys out.",
    )
    SEVERAL_DOCUMENTS = (
        "several-documents",
        Severity.ERROR,
        "The file has more than one YAML document.",
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
        "A key is empty, a list or a mapping; a key must be text.",
        "Write text as the key; quote a `{{…}}` that is meant as a value.",
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
        "A spec has more than 2,000,000 YAML events, or an OpenAPI document more than "
        "5,000,000 parts.",
        "Split the file.",
    )
    STRING_TOO_LONG = (
        "string-too-long",
        Severity.ERROR,
        "A string has more than 32,768 characters.",
        "Shorten the string.",
    )
    NUMBER_TOO_LARGE = (
        "number-too-large",
        Severity.ERROR,
        "A number isn't finite, or has more than 4,300 digits.",
        "Quote it if it is meant as text.",
    )
    EMPTY_DOCUMENT = (
        "empty-document",
        Severity.ERROR,
        "The file has nothing but blank lines and comments.",
        "Write a capability into it.",
    )
    NOT_A_MAPPING = (
        "not-a-mapping",
        Severity.ERROR,
        "The file holds a list or a single value, not a mapping.",
        "Start with `naftiko:` or `ikanos:`, and `capability:`.",
    )
    IGNORED_PRAGMA = (
        "ignored-pragma",
        Severity.NOTE,
        "A comment `# naftiko-gen: …` has no effect. Its word isn't `extension`, or "
        "it isn't right above a line that starts in the same column.",
        "Correct the comment, or delete it.",
    )

    # Importing
    IMPORT_LIST = (
        "import-list",
        Severity.NOTE,
        "The imports of a list become the first entries of `consumes`.",
        "Write the imports into `capability.consumes`.",
    )
    IMPORT_LOCATION = (
        "import-location",
        Severity.NOTE,
        "An import names its file with a key other than `location`, or without a key.",
        "Name the file with `location`.",
    )
    IMPORT_NAME = (
        "import-name",
        Severity.NOTE,
        "An import names an API of a file with `namespace` or `name`.",
        "Name the API with `import`.",
    )
    IMPORT_NAMESPACE = (
        "import-namespace",
        Severity.WARNING,
        "The imported file declares a single API, and the import names another one. "
        "That API is imported under the name in the import.",
        "Write the API's own namespace as `import`, and the other name as `as`.",
    )
    IMPORT_OPENAPI = (
        "import-openapi",
        Severity.NOTE,
        "An import names an OpenAPI document. Calls name its operations by their ids; "
        "case and punctuation don't matter.",
        "Run `naftiko-gen import`, and import the spec that it writes, to see and "
        "choose the names. To keep the import and silence the note, write `# "
        "naftiko-gen: extension` on the line above it.",
    )
    IMPORT_NOT_FOUND = (
        "import-not-found",
        Severity.ERROR,
        "An imported file can't be opened.",
        "Correct the path, which is relative to the importing file.",
    )
    UNUSABLE_IMPORT = (
        "unusable-import",
        Severity.ERROR,
        "An imported file is outside of the spec's directory, and outside of the "
        "directory that `--import-root` names. For a link, the file that it leads to "
        "counts.",
        "Move the file, or name a directory above both with `--import-root`.",
    )
    IMPORT_CYCLE = (
        "import-cycle",
        Severity.ERROR,
        "A file imports itself, directly or through others, or its own directory.",
        "Move the shared part into a file of its own.",
    )
    STANDALONE_IMPORT = (
        "standalone-import",
        Severity.ERROR,
        "A file without `capability` imports something, which the official language "
        "doesn't have. It can't be compiled itself; specs may import it.",
        "Import the same in the specs that import this file.",
    )
    TOO_MANY_IMPORTS = (
        "too-many-imports",
        Severity.ERROR,
        "The spec has more than 64 imports, nests imports more than 8 deep, or "
        "imports more than 64 MiB.",
        "Import fewer files, or import them directly.",
    )
    UNKNOWN_IMPORT = (
        "unknown-import",
        Severity.ERROR,
        "The imported file doesn't declare the API, adapter, aggregate or bind that "
        "the import names.",
        "Correct the name.",
    )
    IMPORT_COLLISION = (
        "import-collision",
        Severity.ERROR,
        "An import has the namespace of another adapter, aggregate or bind, or `as` "
        "gives an API the namespace of another one.",
        "Give the import another name with `as`.",
    )

    # Normalising
    NOT_A_CAPABILITY = (
        "not-a-capability",
        Severity.ERROR,
        "The file is a document of another kind, or of another language.",
        "Start with `naftiko:` or `ikanos:`, and `capability:`.",
    )
    UNKNOWN_VERSION = (
        "unknown-version",
        Severity.ERROR,
        "The value of `naftiko` or `ikanos` isn't a known version of the language.",
        "Write `naftiko: 1.0.0-alpha2` or `ikanos: 1.0.0-beta5`.",
    )
    SNAPSHOT_VERSION = (
        "snapshot-version",
        Severity.WARNING,
        "The version of the language isn't released yet (`-SNAPSHOT`), or is newer "
        "than this naftiko-gen. The spec is read by the rules of the released version, "
        "or of the newest one that is known.",
        "Write the version that the warning names, or update naftiko-gen.",
    )
    OLDER_SPELLING = (
        "older-spelling",
        Severity.NOTE,
        "An Ikanos spec has a list or a word of Naftiko, the older language: a list "
        "with names, `label`, `functions`, `targetName`, or `location` of an import.",
        "Write a mapping whose keys are the names, `display`, `flows`, `target` or "
        "`from`.",
    )
    KUBERNETES_RESOURCE = (
        "kubernetes-resource",
        Severity.NOTE,
        "The file is a Kubernetes resource of kind `Capability`. Its `spec` is "
        "compiled; without a version of its own, it is `ikanos: 1.0.0-alpha3`.",
        "Nothing needs to be done.",
    )
    READ_AS_ALPHA2 = (
        "read-as-alpha2",
        Severity.NOTE,
        "A spec of version 1.0.0-alpha1, or with `naftiko: 1.0.0-alpha3`, is read by "
        "the rules of 1.0.0-alpha2.",
        "Write `naftiko: 1.0.0-alpha2`.",
    )
    NULL_IS_ABSENT = (
        "null-is-absent",
        Severity.NOTE,
        "A list or mapping is null; its key is ignored.",
        "Delete the key.",
    )
    EMPTY_IS_ABSENT = (
        "empty-is-absent",
        Severity.NOTE,
        "A list or mapping is empty; its key is ignored.",
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
        "The `value` of a bearer credential is read as its `token`. `placement: "
        "header` is ignored, since a bearer token always goes into a header.",
        "Write `token`, and no `placement`.",
    )
    API_KEY_ALIAS = (
        "apikey-alias",
        Severity.NOTE,
        "`in` and `name` of an apikey credential are read as `placement` and `key`.",
        "Write `placement` and `key`.",
    )
    AUTHENTICATION_TYPE = (
        "authentication-type",
        Severity.NOTE,
        "The type of a credential is spelt differently in the language.",
        "Write the type that the note names.",
    )
    CREDENTIAL_FIELD = (
        "credential-field",
        Severity.NOTE,
        "A key of a credential has another name in the language.",
        "Write the name that the note gives.",
    )
    CREDENTIAL_SCHEME = (
        "credential-scheme",
        Severity.NOTE,
        "A consumed API has a type of credential that the official language lacks. "
        "Requests are signed, or carry a token or a client certificate.",
        _ACKNOWLEDGE,
    )
    CREDENTIAL_ALTERNATIVES = (
        "credential-alternatives",
        Severity.NOTE,
        "A credential has `alternatives`. The package uses the first one whose "
        "variables are set. If none is set and the last one is `none`, requests are "
        "sent without a credential.",
        _ACKNOWLEDGE,
    )
    PARAMETER_STYLE = (
        "parameter-style",
        Severity.NOTE,
        "A parameter of a query, a path or a header, or a field of a form, has a "
        "`style` or `explode`, as in OpenAPI. They say how its lists and objects are "
        "sent; the official language doesn't have them.",
        _ACKNOWLEDGE,
    )
    IGNORED_STYLE = (
        "ignored-style",
        Severity.WARNING,
        "The place of a parameter doesn't have its style, or a style belongs to no "
        "field of a form: it has no effect.",
        "Delete it, or correct it.",
    )
    BODY_ALTERNATIVES = (
        "body-alternatives",
        Severity.NOTE,
        "A body has `alternatives`, one of which the header `Content-Type` chooses. "
        "The official language doesn't have them.",
        _ACKNOWLEDGE,
    )
    UNUSABLE_ALTERNATIVE = (
        "unusable-alternative",
        Severity.WARNING,
        "An alternative of a body is never sent: no parameter is the header "
        "`Content-Type`, another body has its type, or it can't hold the same values.",
        "Declare the header as a parameter, or delete the alternative.",
    )
    PART_HEADERS = (
        "part-headers",
        Severity.NOTE,
        "A part of a multipart body has `headers`. The official language has only its "
        "file name and its type.",
        _ACKNOWLEDGE,
    )
    BIND_DEFAULT = (
        "bind-default",
        Severity.NOTE,
        "An entry of `binds` has `defaults`, the values of variables that aren't set, "
        "or `choices`, the values that variables may have. The official language "
        "doesn't have them.",
        _ACKNOWLEDGE,
    )
    UNUSABLE_DEFAULT = (
        "unusable-default",
        Severity.ERROR,
        "`defaults` in `binds` have a value for a credential, or one that `choices` "
        "don't list; or `defaults` or `choices` name a variable that `keys` lack.",
        "Correct the entry, or delete it: a credential is set in the environment.",
    )
    API_KEY_HEADER = (
        "apikey-header",
        Severity.NOTE,
        "A key is named by `header`, placed by its type, or has its value in `token`.",
        "Write `type: apikey`, `key`, `value` and `placement`.",
    )
    API_KEY_LIST = (
        "apikey-list",
        Severity.NOTE,
        "A credential lists several keys in `headers` or `parameters`; all of them "
        "are sent.",
        _ACKNOWLEDGE,
    )
    API_KEY_PLACEMENT = (
        "apikey-placement",
        Severity.NOTE,
        "A key is sent in a cookie, as a member of every body, or in the path, where "
        "it replaces the variable of its name.",
        _ACKNOWLEDGE,
    )
    CREDENTIAL_SETTING = (
        "credential-setting",
        Severity.WARNING,
        "A credential lacks its secret or its token endpoint, or is an input that "
        "clients would have to send. An environment variable provides it instead.",
        "Write `{{NAME}}`, with NAME in `binds`.",
    )
    LEADING_SLASH = (
        "leading-slash",
        Severity.NOTE,
        "A path has no slash at its start; the compiler adds one.",
        "Start the path with `/`.",
    )
    PATH_QUERY = (
        "path-query",
        Severity.NOTE,
        "The query in a consumed path is sent as query parameters; a fragment is "
        "dropped.",
        "Declare the query's parameters in `inputParameters` with `in: query`.",
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
        "A consumed parameter has no name, so it is left out.",
        "Name it, or delete it.",
    )
    INFORMATION = (
        "information",
        Severity.NOTE,
        "`info.personas` and a second label have no effect on the package.",
        "Nothing needs to be done.",
    )
    CAPABILITY_VERSION = (
        "capability-version",
        Severity.NOTE,
        "`info.version` becomes the version of the package. Only Ikanos, the later "
        "language, has this key.",
        _ACKNOWLEDGE,
    )
    ASSUMED_VERSION = (
        "assumed-version",
        Severity.NOTE,
        "A Python package can't have the version in `info.version`. It gets the "
        "numbers at the start of that version, else the date in `info.modified`, else "
        "0.",
        "Write numbers with dots between them, such as `1.0.0`.",
    )
    MISSING_VERSION = (
        "missing-version",
        Severity.NOTE,
        "The spec has no version: `info` has no `version`, and neither `modified` nor "
        "`created` is a date. The package's version is 0.",
        "Write the date of the last change as `modified`. Or write `version: 1.0.0` "
        "into `info`, with `# naftiko-gen: extension` on the line above it to avoid a "
        "note.",
    )
    BOOLEAN_KEY = (
        "boolean-key",
        Severity.WARNING,
        "A key is a boolean, as in `true: tools.on`, and its value names a word that "
        "YAML 1.1 reads as this boolean. The key is read as that word.",
        "Write the word as the key.",
    )
    REFERENCE_PREFIX = (
        "reference-prefix",
        Severity.NOTE,
        "`rest.x` or `tools.x` in `with` is read as the input x of this route or tool.",
        "Write the adapter's namespace in front: `{namespace}.x`.",
    )
    STEP_REFERENCE = (
        "step-reference",
        Severity.NOTE,
        "`$step.x` in `with` of a step is read as a part of the answer of an earlier "
        "step.",
        "Write `$.step.x`.",
    )
    UNREAD_REFERENCE = (
        "unread-reference",
        Severity.WARNING,
        "A text in `with` of a step begins with `$` and refers to no earlier step, so "
        "it is sent as it is.",
        "Correct the name of the step, or the namespace after `$this.`.",
    )
    ADAPTER_DESCRIPTION = (
        "adapter-description",
        Severity.NOTE,
        "The description of a REST adapter becomes the description of its OpenAPI "
        "document.",
        _ACKNOWLEDGE,
    )
    PARAMETER_METADATA = (
        "parameter-metadata",
        Severity.NOTE,
        "`type`, `required` and `description` of a consumed parameter describe the "
        "inputs that feed it.",
        _ACKNOWLEDGE,
    )
    OPAQUE_OUTPUT = (
        "opaque-output",
        Severity.NOTE,
        "An untyped output, without properties or items, is returned unchanged.",
        "Leave `outputParameters` out to return the whole response, or declare its "
        "properties or items. To keep the output and silence the note, write `# "
        "naftiko-gen: extension` on the line above it.",
    )
    READ_AS_TEXT = (
        "read-as-text",
        Severity.NOTE,
        "The language expects text, so a number or boolean is read as the text that "
        "was typed.",
        "Quote it.",
    )
    NUMBER_BASE = (
        "number-base",
        Severity.WARNING,
        "A number is octal, hexadecimal or has leading zeros: `0o17`, `0x1F` or "
        "`007`. It is read as the text that was typed, though YAML 1.2 reads it as a "
        "number.",
        "Quote it, or write the number in decimal, without leading zeros.",
    )
    READ_AS_NUMBER = (
        "read-as-number",
        Severity.NOTE,
        "The language expects a number, so a number in quotes is read without them.",
        "Write it without quotes.",
    )
    VARIABLE_NAME = (
        "variable-name",
        Severity.NOTE,
        "No shell can set a variable with the bound name; underscores replace the "
        "other characters.",
        "Write the name that the note gives.",
    )
    BASE_URI_SCHEME = (
        "base-uri-scheme",
        Severity.NOTE,
        "A base URI has no scheme; `https://` is assumed.",
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
        "The path of an operation is appended to the path of its resource. But if an "
        "operation of the same upstream or adapter repeats its resource's path, each "
        "of their paths is complete.",
        "Move the operation into a resource that has the whole path.",
    )
    RESOURCE_NAME = (
        "resource-name",
        Severity.NOTE,
        "A consumed resource has no name; it is named after its path.",
        "Name it.",
    )
    ROUTE_QUERY = (
        "route-query",
        Severity.WARNING,
        "An exposed path has a `?` or a `#`; the text after it becomes path segments.",
        "Write the text as segments.",
    )
    NAMED_OUTPUTS = (
        "named-outputs",
        Severity.NOTE,
        "Outputs with names become the members of one object.",
        "Write `{type: object, properties: {...}}`.",
    )
    UNMAPPED_OUTPUT = (
        "unmapped-output",
        Severity.NOTE,
        "A named output has no mapping. It is the response's member of that name.",
        "Write the `mapping`.",
    )
    XML_ROOT = (
        "xml-root",
        Severity.NOTE,
        "All paths into an XML response start with the same name. A child of the root "
        "element has it; if there is none, the root element of that name is meant. The "
        "response decides.",
        "Start the paths inside the root element. If they do, write `# naftiko-gen: "
        "extension` on the line above to silence the note.",
    )
    ADAPTER_TYPE = (
        "adapter-type",
        Severity.NOTE,
        "An adapter has the type `api`, an older word for `rest`.",
        "Write `rest`.",
    )
    ADAPTER_INPUTS = (
        "adapter-inputs",
        Severity.NOTE,
        "A REST adapter has `inputParameters`. They are read as those of each of its "
        "resources, unless a resource has its own one of that name, or its path lacks "
        "the variable.",
        "Write them into the resources.",
    )
    PROMPT_TEXT = (
        "prompt-text",
        Severity.NOTE,
        "The `template` of a prompt is a text. It is read as the only message, of the "
        "user.",
        "Write a list of messages: `- {role: user, content: …}`.",
    )
    LISTED_PROPERTIES = (
        "listed-properties",
        Severity.NOTE,
        "`properties` is a list, each item of which has a single key. It is read as "
        "one mapping.",
        "Write a mapping.",
    )
    ADAPTER_NAMESPACE = (
        "adapter-namespace",
        Severity.NOTE,
        "An adapter has no namespace; it is named after the package and its type.",
        "Give it a `namespace`.",
    )
    ADAPTER_PORT = (
        "adapter-port",
        Severity.NOTE,
        "An adapter has no port; it gets the first free one from 8080 on.",
        "Give it a `port`.",
    )
    DROPPED_ADAPTER = (
        "dropped-adapter",
        Severity.WARNING,
        "An adapter is left out because its list is empty.",
        "Delete the adapter, or fill its list.",
    )
    SKILL_TOOLS = (
        "skill-tools",
        Severity.NOTE,
        "The `tools` of a skill adapter are read as the tools of one skill.",
        "Write them into `skills`.",
    )
    SKILL_CALL = (
        "skill-call",
        Severity.NOTE,
        "An entry of a skill has its own `call`. It refers to a tool or route with "
        "the same call; if there is none, an MCP server gets a tool for it.",
        "Expose a tool, and refer to it with `from`.",
    )
    PARAMETER_PLACE = (
        "parameter-place",
        Severity.NOTE,
        "A consumed parameter has no `in`. It goes into the path if the path names "
        "it, else into the body, or into the query if the method has no body.",
        "Write `in`.",
    )
    STRUCTURED_VALUE = (
        "structured-value",
        Severity.NOTE,
        "The value of a consumed parameter is a list or mapping; it becomes a part of "
        "the body's template.",
        "Write it into `body.data`.",
    )
    INPUT_PLACE = (
        "input-place",
        Severity.NOTE,
        "An input of a route has no `in`. It is read from the path if the path names "
        "it, else from the place of its `mapping`, else from the body, or from the "
        "query if the method has no body.",
        "Write `in`.",
    )
    INPUT_MAPPING = (
        "input-mapping",
        Severity.NOTE,
        "The `mapping` of an input names the parameter that it feeds.",
        "Write it into `with`.",
    )
    BIND_REFERENCE = (
        "bind-reference",
        Severity.NOTE,
        "A key of `binds` without braces, in a credential or as the `value` of a "
        "consumed parameter, is read as a reference.",
        "Write `{{KEY}}`.",
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
        "The type of a body has another name in the language, or is a media type.",
        "Write the language's name.",
    )
    SINGLE_FIELD_BODY = (
        "single-field-body",
        Severity.NOTE,
        "A body of text or bytes has a single field; the field's value is the whole "
        "body.",
        "Write the value itself as `data`.",
    )
    MULTIPART_FIELDS = (
        "multipart-fields",
        Severity.NOTE,
        "The fields of a multipart body are read as its parts.",
        "Write a list of parts with `name` and `value`.",
    )
    FILE_PART = (
        "file-part",
        Severity.WARNING,
        "A field of a multipart body is sent as a file because of its name.",
        "Write a list of parts; give a file a `filename`.",
    )

    # Validating
    MISSING_KEY = (
        "missing-key",
        Severity.ERROR,
        "A mapping lacks a key that the language requires.",
        "Add the key.",
    )
    UNKNOWN_KEY = (
        "unknown-key",
        Severity.ERROR,
        "A mapping has a key that the language doesn't have there.",
        "Correct the key, or delete it.",
    )
    WRONG_TYPE = (
        "wrong-type",
        Severity.ERROR,
        "A value has another type than the language requires.",
        "Write a value of that type.",
    )
    WRONG_VALUE = (
        "wrong-value",
        Severity.ERROR,
        "A value isn't among the values that the language allows.",
        "Choose an allowed value.",
    )
    UNSUPPORTED = (
        "unsupported",
        Severity.ERROR,
        "The spec uses a feature of the language that can't be compiled.",
        "Leave it out, or express it in another way.",
    )
    PROPOSED_FEATURE = (
        "proposed-feature",
        Severity.ERROR,
        "The spec uses a feature that is only proposed for the language: no version or "
        "no engine has it.",
        "Leave it out, or express it in another way.",
    )
    UNKNOWN_ADAPTER = (
        "unknown-adapter",
        Severity.ERROR,
        "An adapter has a type that doesn't exist.",
        "Use rest, mcp or skill.",
    )

    # Resolving
    NOTHING_EXPOSED = (
        "nothing-exposed",
        Severity.ERROR,
        "The capability exposes nothing, so there is nothing to generate. Specs that "
        "expose something can import its declarations.",
        "Add an adapter to `exposes`.",
    )
    EMPTY_ADAPTER = (
        "empty-adapter",
        Severity.ERROR,
        "An adapter has no operations, tools, resources, prompts or skills.",
        "Add one, or delete the adapter.",
    )
    NO_CALL = (
        "no-call",
        Severity.ERROR,
        "A route or tool has no `call`, no `steps`, and no output with a value, so it "
        "has no answer.",
        "Add a `call`.",
    )
    UNUSABLE_FORWARD = (
        "unusable-forward",
        Severity.ERROR,
        "A route forwards to a namespace that no consumed API has, or that several "
        "have; or two routes forward the same path.",
        "Correct the `targetNamespace`, or delete one of the routes.",
    )
    UNTRUSTED_HEADER = (
        "untrusted-header",
        Severity.WARNING,
        "A trusted header isn't forwarded, because the API's `authentication` or "
        "`inputParameters` set it for all requests.",
        "Delete it from `trustedHeaders`.",
    )
    OVERRIDING_HEADER = (
        "overriding-header",
        Severity.WARNING,
        "Many servers take another method or path from a trusted header, such as "
        "`X-HTTP-Method-Override`, than the request has. So clients reach more of the "
        "API than the route, with the API's credential.",
        "Delete it from `trustedHeaders`, unless the API ignores it.",
    )
    UNUSABLE_URI = (
        "unusable-uri",
        Severity.ERROR,
        "The URI of a resource isn't one, or its variables aren't those of a template "
        "of level 1 (RFC 6570): names in braces, with text between them.",
        "Write a URI such as `docs://books/{id}`.",
    )
    SEVERAL_CONTENTS = (
        "several-contents",
        Severity.ERROR,
        "A resource has both a `location` and an answer, a prompt has not exactly one "
        "of `template` and `location`, or a route has both `responses` and "
        "`responseBinary`.",
        "Leave all but one of them.",
    )
    DUPLICATE_CONTENT = (
        "duplicate-content",
        Severity.ERROR,
        "Two resources of an adapter have the same URI or name, or two prompts or "
        "arguments the same name.",
        "Rename one of them.",
    )
    VALUELESS_PARAMETER = (
        "valueless-parameter",
        Severity.ERROR,
        "A resource is read by its URI alone, so it has no inputs but the variables of "
        "the URI, and something needs another one.",
        "Add the variable to the `uri`, or a value to `with`.",
    )
    LIMITED_SIZE = (
        "limited-size",
        Severity.WARNING,
        "A `maxBinarySize` is larger than 256 MiB. Packages hold answers in memory, so "
        "larger ones are refused.",
        "Write a smaller size, or `forward` the requests.",
    )
    UNDECLARED_BINARY = (
        "undeclared-binary",
        Severity.WARNING,
        "A response of a route is declared as bytes, but the operation that answers "
        "isn't: its `outputRawFormat` isn't `binary`, or the route has outputs.",
        "Write `outputRawFormat: binary` into the operation, or correct the response.",
    )
    UNUSABLE_FILE = (
        "unusable-file",
        Severity.ERROR,
        "A file that a resource or a prompt serves, of a skill, or of an "
        "`outputSchema`, is missing, can't be read, is hidden, is too large, or has a "
        "name that not every platform can have. Or a skill has a file that agents obey "
        "beside its `SKILL.md`. A spec may have 1,000 files of 4 MiB, and 16 MiB "
        "together, in 50 levels of directories; the file of a prompt or schema, and "
        "`SKILL.md`, are text in UTF-8.",
        "Correct the path, or the file.",
    )
    UNDECLARED_ARGUMENT = (
        "undeclared-argument",
        Severity.WARNING,
        "A message of a prompt has a placeholder of no argument, so it stays as it is.",
        "Declare the argument, or write a backslash in front of the placeholder.",
    )
    DUPLICATE_STEP = (
        "duplicate-step",
        Severity.ERROR,
        "Two steps have the same name, so references to them are ambiguous.",
        "Rename one of them.",
    )
    MIXED_STEPS = (
        "mixed-steps",
        Severity.ERROR,
        "A route or tool has two of `call`, `steps` and `ref`, or `mappings` without "
        "`steps`.",
        "Keep one of them; a call can be a step.",
    )
    UNKNOWN_FUNCTION = (
        "unknown-function",
        Severity.ERROR,
        "A `ref` names a function that no aggregate has.",
        "Correct the name: it is that of the aggregate, a dot, and the function's.",
    )
    DUPLICATE_FUNCTION = (
        "duplicate-function",
        Severity.ERROR,
        "Two functions have the same namespace and name, so a `ref` is ambiguous.",
        "Rename one of them.",
    )
    BARE_REFERENCE = (
        "bare-reference",
        Severity.NOTE,
        "A text in `with` of a function is the name of one of its inputs, and is read "
        "as a reference to it.",
        "Write `{{name}}`.",
    )
    UNKNOWN_STEP = (
        "unknown-step",
        Severity.ERROR,
        "A reference names a step that doesn't exist, or that comes later.",
        "Correct the name, or move the step before the reference.",
    )
    CONFLICTING_MAPPING = (
        "conflicting-mapping",
        Severity.ERROR,
        "Two mappings of steps have the same target, or one is a part of the other.",
        "Delete one of them, or correct its target.",
    )
    EMPTY_MOCK = (
        "empty-mock",
        Severity.WARNING,
        "A route or tool without a call returns the values of its outputs, and one "
        "output has no value: it is null.",
        "Add a `value`, or delete the output.",
    )
    UNUSED_STEP = (
        "unused-step",
        Severity.WARNING,
        "Nothing refers to the answer of a lookup or script. The step is left out.",
        "Refer to it in `mappings`, or delete the step.",
    )
    SCRIPT_STEP = (
        "script-step",
        Severity.NOTE,
        "A step runs a script, whose files the package has copies of. They run only if "
        "a variable of the environment permits it, each time in a process of its own.",
        "Read the script before you permit it; `docs/security.md` tells its limits.",
    )
    UNUSABLE_SCRIPT = (
        "unusable-script",
        Severity.ERROR,
        "A script can't run: its file isn't inside the spec's directory, is hidden, "
        "isn't Python, or imports a module that scripts don't have.",
        "Put it below the spec's directory, and import only modules that compute, such "
        "as `json`, `math`, `re` and `datetime`.",
    )
    STEPS_TOGETHER = (
        "steps-together",
        Severity.NOTE,
        "Several steps only read and need nothing of each other, so they run side by "
        "side. If several of them are refused, the first in the order of the spec "
        "counts.",
        "Nothing needs to be done.",
    )
    UNKNOWN_OPERATION = (
        "unknown-operation",
        Severity.ERROR,
        "A call names an operation that no consumes block declares.",
        "Correct the name, declare the operation, or leave the route or tool out with "
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
        "A call names a namespace that doesn't exist. It reaches the only operation "
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
        "A key of `with` differs from a parameter's name in case or punctuation only; "
        "it sets that parameter.",
        "Write the parameter's name.",
    )
    EXTRA_PARAMETER = (
        "extra-parameter",
        Severity.WARNING,
        "`with` sets a parameter that the operation doesn't declare. This call sends "
        "it where other operations of the API declare the name, else in the body of a "
        "POST, PUT or PATCH, else in the query.",
        "Declare the parameter.",
    )
    UNDESCRIBED_BODY = (
        "undescribed-body",
        Severity.NOTE,
        "A POST, PUT or PATCH declares no body; it takes an optional JSON body.",
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
        "Two consumes blocks have the same namespace. Calls reach the operations of "
        "both; each block keeps its address and its credential.",
        "Rename one of them.",
    )
    DUPLICATE_OPERATION = (
        "duplicate-operation",
        Severity.WARNING,
        "A consumes block has two operations of the same name; calls reach the first.",
        "Rename one of them.",
    )
    DUPLICATE_ROUTE = (
        "duplicate-route",
        Severity.WARNING,
        "Two operations of an adapter have the same method and path. The name of the "
        "later one is appended to its path.",
        "Change one of the paths.",
    )
    ROUTE_ORDER = (
        "route-order",
        Severity.NOTE,
        "A route is declared after another one whose variable would match its path "
        "too. It is tried first, so that it can be reached.",
        "Put it in front of the other.",
    )
    HIDDEN_DOCUMENT = (
        "hidden-document",
        Severity.WARNING,
        "A route of a REST adapter has the path of the adapter's OpenAPI document. "
        "The route responds there, and the document isn't served; the package still "
        "contains it.",
        "Choose another path, unless you want to replace the document.",
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
        "MCP clients refuse the name of a tool or argument. Clients see another name, "
        "which the tool's description explains.",
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
        "Two settings are read from the same environment variable.",
        "Rename a namespace, or bind another variable.",
    )
    UNUSABLE_BASE_URI = (
        "unusable-base-uri",
        Severity.ERROR,
        "A base URI isn't the http or https address of a host, alone or with a path.",
        "Write `https://host` or `https://host/path`.",
    )
    BASE_URI_VARIABLE = (
        "base-uri-variable",
        Severity.NOTE,
        "A base URI has a variable `{x}`. It is a name in `binds`, else a setting "
        "named after the namespace. `${X}` is read as `{{X}}`.",
        "Write `{{X}}`, and bind it.",
    )
    METADATA_ADDRESS = (
        "metadata-address",
        Severity.WARNING,
        "A base URI, token endpoint or authorization server is a link-local address, "
        "or a cloud service that gives a machine its own credentials. Clients of the "
        "package could read them. No configuration silences this warning.",
        "Don't run the package unless you want this.",
    )
    PATH_PARAMETER_NOT_IN_TEMPLATE = (
        "path-parameter-not-in-template",
        Severity.ERROR,
        "A path parameter is declared, but the path has no placeholder for it.",
        "Add `{{name}}` to the path, or change the parameter's `in`.",
    )
    PATH_FROM_ROUTE = (
        "path-from-route",
        Severity.WARNING,
        "A consumed path lacks placeholders for its path parameters. They are "
        "inferred from a route that calls the operation.",
        "Add `{{name}}` to the path.",
    )
    PATH_FROM_VERB = (
        "path-from-verb",
        Severity.WARNING,
        "A consumed path lacks a placeholder for its path parameter. The operation is "
        "about a single thing, so the placeholder goes at the end.",
        "Add `{{name}}` to the path.",
    )
    GUESSED_PATH = (
        "guessed-path",
        Severity.WARNING,
        "A consumed path lacks placeholders for its path parameters. They are "
        "appended in the order of their declarations, which is only a guess.",
        "Add `{{name}}` to the path.",
    )
    UNUSABLE_PATH = (
        "unusable-path",
        Severity.ERROR,
        "A path has a query, a fragment, unmatched braces, characters that a URL "
        "can't have, or more than 1,000 variables. Or it leads away from its address: "
        "it is an address itself, begins with two slashes, or has a relative segment "
        "or a backslash.",
        "Correct the path; put another address into the `baseUri` of another consumes "
        "block.",
    )
    UNDECLARED_PATH_VARIABLE = (
        "undeclared-path-variable",
        Severity.NOTE,
        "A variable of a consumed path isn't declared there. It is required, and a "
        "string unless another declaration gives its type.",
        "Declare it with `in: path`.",
    )
    CALLERS_BODY = (
        "callers-body",
        Severity.NOTE,
        "A body has no `data`; the body that the client sends is used.",
        'Write `data: "{{body}}"`.',
    )
    UNUSABLE_JSON = (
        "unusable-json",
        Severity.ERROR,
        "A body's template is sent as JSON but isn't JSON. A value could add members "
        "to it.",
        "Correct it, or declare the header `Content-Type` with its real type.",
    )
    NO_JSON = (
        "no-json",
        Severity.WARNING,
        "A body's text isn't JSON, and no header declares its type. It is sent "
        "unchanged, as JSON.",
        "Correct it, or declare a header `Content-Type`.",
    )
    IMPLICIT_PARAMETER = (
        "implicit-parameter",
        Severity.NOTE,
        "A template or an input's `mapping` uses an undeclared name; it becomes a "
        "parameter of the operation.",
        "Declare it in `inputParameters`.",
    )
    IMPLICIT_VARIABLE = (
        "implicit-variable",
        Severity.WARNING,
        "A template uses a name that `binds` doesn't declare; it is read from an "
        "environment variable.",
        "Declare it in `binds`.",
    )
    BIND_PROVIDER = (
        "bind-provider",
        Severity.WARNING,
        "The `location` of `binds` names a provider of secrets, such as `vault://`. "
        "Packages ask no provider: each used key is an environment variable.",
        "Let the deployment set the variable, or leave `location` out.",
    )
    LARGE_TOOL_LIST = (
        "large-tool-list",
        Severity.WARNING,
        "An MCP server lists more tools, or more text about them, than many clients "
        "take. A model reads the whole list before its first call. The limits are "
        "`max-tools` and `max-tool-tokens` of the configuration; tokens are estimated.",
        "Run `naftiko-gen budget` and leave tools out, or shorten their descriptions.",
    )
    SHARED_CREDENTIAL = (
        "shared-credential",
        Severity.WARNING,
        "A variable authenticates clients of the package, and an upstream gets it too. "
        "So every client knows the credential for the upstream, and has its rights "
        "there.",
        "Give the clients a secret of their own.",
    )
    ABSOLUTE_BIND_FILE = (
        "absolute-bind-file",
        Severity.WARNING,
        "The `location` of `binds` is an absolute path, or the `certPath` of a "
        "certificate leads out of the project. The package reads that file of the "
        "machine on which it starts: a used variable that isn't set, which it sends "
        "where the spec says, or a key. No configuration silences this warning.",
        "Check that the file is meant for this package, or write a relative path; "
        "`<NAMESPACE>_FILE` may name any file.",
    )
    UNUSABLE_BIND_LOCATION = (
        "unusable-bind-location",
        Severity.ERROR,
        "The `location` of `binds` is no usable `file:` path, and no known provider.",
        "Write `file:///./secrets.yaml` for a file below the working directory, "
        "`file:///etc/secrets.yaml`, or `env://`.",
    )
    UNUSED_BINDING = (
        "unused-binding",
        Severity.NOTE,
        "Nothing uses a name in the spec's own `binds`; the package doesn't ask for "
        "its variable.",
        "Delete it.",
    )
    UNUSED_PARAMETER = (
        "unused-parameter",
        Severity.WARNING,
        "A body parameter isn't used in the request body, so it isn't sent.",
        "Use it in `body`, or delete it.",
    )
    UNUSED_INPUT = (
        "unused-input",
        Severity.WARNING,
        "An input of a route or tool feeds no parameter, so its value isn't sent; or "
        "no message of a prompt has the argument.",
        "Refer to it in `with`, or delete it.",
    )
    IGNORED_ARGUMENT = (
        "ignored-argument",
        Severity.WARNING,
        "A route or tool sets a parameter that the operation or the credential fixes, "
        "so its value isn't sent.",
        "Delete it, or the parameter's `value`.",
    )
    UNUSED_ARGUMENT = (
        "unused-argument",
        Severity.WARNING,
        "A route or tool passes a value to a function of an aggregate whose steps and "
        "outputs refer to no such input.",
        "Refer to the input in `with` of a step, or delete the value.",
    )
    UNUSABLE_VARIABLE = (
        "unusable-variable",
        Severity.ERROR,
        "A name can't be an environment variable, or is one that changes how programs "
        "start.",
        "Choose another name.",
    )
    UNUSABLE_TEMPLATE = (
        "unusable-template",
        Severity.ERROR,
        "A template has something other than a name between its braces, or an output's "
        "value names no input.",
        "Write `{{name}}`; in an output, the name of an input.",
    )
    UNUSABLE_HEADER = (
        "unusable-header",
        Severity.ERROR,
        "The name of a header isn't valid, or only the HTTP client or a credential "
        "may set that header.",
        "Rename or delete the parameter.",
    )
    UNUSABLE_COOKIE = (
        "unusable-cookie",
        Severity.ERROR,
        "The name or the value of a cookie has characters that no cookie can have (RFC "
        "6265), or a header `Cookie` stands beside cookies.",
        "Correct the name or the value, or declare all of them as cookies.",
    )
    REDUNDANT_HEADER = (
        "redundant-header",
        Severity.WARNING,
        "A header parameter is left out. The HTTP client or the credential sets the "
        "header, or clients mustn't set it.",
        "Delete the parameter.",
    )
    REDUNDANT_PARAMETER = (
        "redundant-parameter",
        Severity.WARNING,
        "A parameter is left out because the credential takes its place.",
        "Delete the parameter; `authentication` sets the credential.",
    )
    UNUSABLE_CREDENTIAL = (
        "unusable-credential",
        Severity.ERROR,
        "A credential can't be sent as declared: the path lacks its variable, "
        "its name can't be a cookie's, no body has a place for it, its token endpoint "
        "isn't a URL, its user name has a colon, it mixes two kinds of signature, its "
        "kind can't be an alternative, or `none` isn't the last alternative. Clients' "
        "credentials can't be in a body or path, nor be an input as well; their "
        "authorization server and scopes must be valid.",
        "Correct the credential.",
    )
    UNBOUND_GUARD = (
        "unbound-guard",
        Severity.ERROR,
        "A placeholder in the `authentication` of an adapter names no key of `binds`, "
        "so no variable holds the secret of clients.",
        "Declare it in `binds`, or write `{{env.NAME}}`.",
    )
    UNUSED_AUTHENTICATION = (
        "unused-authentication",
        Severity.NOTE,
        "An adapter declares `authentication`, but no HTTP request reaches it: nothing "
        "listens for skills without a port, and a client on stdio starts the server "
        "itself.",
        "Nothing needs to be done.",
    )
    LITERAL_CREDENTIAL = (
        "literal-credential",
        Severity.ERROR,
        "A credential's secret is written into the spec, where every reader sees it.",
        "Bind it: `{{NAME}}`, with NAME in `binds`.",
    )
    UNSUPPORTED_JSONPATH = (
        "unsupported-jsonpath",
        Severity.ERROR,
        "A JSONPath isn't one of RFC 9535, has more than 100 parts, or has a filter "
        "that could take too long. The path of an input in the body has names only.",
        "Write it as RFC 9535 has it: `$['a b']`, `$.a[-1]`, `$..a`, `$.a[?@.b > 1]`.",
    )
    MISTYPED_VALUE = (
        "mistyped-value",
        Severity.WARNING,
        "The value of an output can't be read as the declared type. It is returned as "
        "it was written.",
        "Correct the value or the type.",
    )
    UNUSABLE_SCHEMA = (
        "unusable-schema",
        Severity.ERROR,
        "The `outputSchema` can't be used: in Avro and Protocol Buffers it isn't the "
        "path of a file with a schema, and in HTML it isn't a CSS selector. Types of "
        "Avro can't contain themselves, and all types of Protocol Buffers have to be "
        "declared in the file or those that it imports.",
        "Correct the path, the file or the selector.",
    )
    MISSING_SCHEMA = (
        "missing-schema",
        Severity.ERROR,
        "Outputs or steps read a response in Avro or Protocol Buffers, but its "
        "operation has no `outputSchema`.",
        "Write the path of the file with the schema of the responses.",
    )
    IGNORED_SCHEMA = (
        "ignored-schema",
        Severity.NOTE,
        "An operation has an `outputSchema`, but its format has none. It is ignored.",
        "Delete the key, or correct `outputRawFormat`.",
    )
    IGNORED_JSONPATH = (
        "ignored-jsonpath",
        Severity.WARNING,
        "The JSONPath of a consumed output isn't one of RFC 9535, or is too long. It "
        "is ignored.",
        "Write the `mapping` of an exposed output, as RFC 9535 has it.",
    )
    CONSTANT_OUTPUT = (
        "constant-output",
        Severity.NOTE,
        "The `value` of a consumed output doesn't start with `$`. It is a constant, "
        "and no part of the response.",
        "Write `$.` before it, if it is the path of a part.",
    )
    NOT_OBSERVED = (
        "not-observed",
        Severity.NOTE,
        "A control adapter asks for metrics, traces, their exporters, or pages for the "
        "configuration or the log. The package has health and status only.",
        "Nothing needs to change: another program may have them.",
    )
    IGNORED_PATTERN = (
        "ignored-pattern",
        Severity.WARNING,
        "An input has a `pattern` that isn't checked: it has a part, such as a "
        "lookahead, that programs read differently or can't match in linear time, or "
        "the values are listed anyway.",
        "Write it without that part, or delete it: the upstream API checks the value.",
    )
    UNUSABLE_RESTRICTION = (
        "unusable-restriction",
        Severity.ERROR,
        "An input of its type can't have this restriction or default value, or one of "
        "the values isn't of the type.",
        "Correct the value or the type, or delete the restriction.",
    )
    RESPONSE_SCHEMA = (
        "response-schema",
        Severity.NOTE,
        "A consumed operation has the schema of its JSON response as a mapping in "
        "`outputSchema`, or the status, the media type or the text of a response in "
        "`outputExample`. Tools that pass the response on declare their output by the "
        "schema, and the mock answers with the example; the official language has "
        "neither.",
        _ACKNOWLEDGE,
    )
    INPUT_RESTRICTION = (
        "input-restriction",
        Severity.NOTE,
        "An input has `enum`, `items`, `properties`, `default`, `check`, a limit such "
        "as `minimum`, or, in a tool, `pattern`. The package checks values against "
        "them; the official language doesn't have them.",
        _ACKNOWLEDGE,
    )
    IGNORED_OUTPUT = (
        "ignored-output",
        Severity.WARNING,
        "Only the first output is used; the others are ignored. A binary response has "
        "none: it is passed on.",
        "Delete them, or make one object of them.",
    )
    MISSING_DESCRIPTION = (
        "missing-description",
        Severity.NOTE,
        "A tool, resource, prompt or skill has no description. It gets the description "
        "of its operation or route, else its name in words.",
        "Describe its purpose in `description`.",
    )
    REFERENCE_PLACE = (
        "reference-place",
        Severity.NOTE,
        "A reference names the place of its input: the path, the query, a header or "
        "the body.",
        "Declare the input, and refer to it by its name alone.",
    )
    WHOLE_BODY = (
        "whole-body",
        Severity.NOTE,
        "A reference to `body` is read as the whole body of the request.",
        "Declare it: `{name: body, in: body}`.",
    )
    CLOSE_VARIABLE = (
        "close-variable",
        Severity.NOTE,
        "The name of a route's variable differs from its input's name in case or "
        "punctuation only; they are matched.",
        "Spell both the same.",
    )
    INFERRED_INPUT = (
        "inferred-input",
        Severity.NOTE,
        "An input isn't declared; the parameter that it feeds describes it.",
        "Declare it in `inputParameters`.",
    )
    EXPOSED_PARAMETER = (
        "exposed-parameter",
        Severity.NOTE,
        "A parameter becomes an input: the route or tool has no `with` and no inputs, "
        "or gives no value to a placeholder of its operation.",
        "Declare its inputs.",
    )
    ADDED_INPUT = (
        "added-input",
        Severity.WARNING,
        "No value is given for a required parameter; it becomes an input.",
        "Give it a value in `with`.",
    )
    REQUIRED_BY_OPERATION = (
        "required-by-operation",
        Severity.NOTE,
        "An optional input feeds a required parameter, so the input is required.",
        "Write `required: true`.",
    )
    IGNORED_ADDRESS = (
        "ignored-address",
        Severity.NOTE,
        "An adapter has an `address` that other machines could reach. It is ignored: "
        "the package listens on 127.0.0.1, unless `<NAMESPACE>_HOST` names another "
        "address. That needs `authentication`, the token `<NAMESPACE>_TOKEN`, or "
        "`<PACKAGE>_ALLOW_OPEN=1`.",
        "Set the variables to make the package listen there.",
    )
    IGNORED_KEY = (
        "ignored-key",
        Severity.NOTE,
        "A key has no effect on the package.",
        "Nothing needs to be done.",
    )
    IGNORED_INSTRUCTION = (
        "ignored-instruction",
        Severity.WARNING,
        "A skill names a directory or a file of instructions that doesn't exist, or "
        "has no `location` to find the file in.",
        "Correct the path, or write the skill's directory as `location`.",
    )
    IGNORED_PERMISSION = (
        "ignored-permission",
        Severity.WARNING,
        "`allowed-tools` of a skill names more than the skill's own tools, so an "
        "agent could use them without asking. Or the author's `SKILL.md` has another "
        "key, or text that agents obey: commands, `$1`, `@file`. The key is left out, "
        "the text escaped. No configuration silences this warning.",
        "Leave it out; the user of the skill allows tools.",
    )
    SKILL_NAME = (
        "skill-name",
        Severity.NOTE,
        "A skill's name isn't valid for Agent Skills: 1 to 64 characters `a` to `z`, "
        "`0` to `9`, and single `-` between them. A valid name is made of it.",
        "Write the name that the note gives.",
    )
    DUPLICATE_SKILL = (
        "duplicate-skill",
        Severity.ERROR,
        "Two skills have the same name, or would have the same directory.",
        "Rename one of them.",
    )
    UNUSABLE_LOCATION = (
        "unusable-location",
        Severity.ERROR,
        "The `location` of a skill, a resource or a prompt, or an `outputSchema`, "
        "leads out of the spec's directory, or an `instruction` out of the skill's. It "
        "has a backslash, a scheme other than `file` or relative segments inside, or "
        "is a link. An absolute `location` of a skill must end in `skills/` and the "
        "skill's name.",
        "Write a path below the spec, or `file:///…/skills/NAME`.",
    )
    UNSAFE_HINT = (
        "unsafe-hint",
        Severity.WARNING,
        "A hint claims more safety than the call's HTTP method allows.",
        "Correct the hint, if it is wrong.",
    )
    UNESCAPED_GRAPHQL = (
        "unescaped-graphql",
        Severity.WARNING,
        "A template looks like a GraphQL document, but is neither the member `query` "
        "of a body nor of the type application/graphql. Its values aren't escaped, so "
        "clients could change the query.",
        "Pass the values as `variables`.",
    )
    UNENCRYPTED_CREDENTIAL = (
        "unencrypted-credential",
        Severity.WARNING,
        "A credential is sent to an http address, so everybody on the way can read it; "
        "or the keys that check access tokens come from one, so everybody on the way "
        "can replace them.",
        "Write `https://`, if the upstream supports it.",
    )
    UNGUARDED_OPERATION = (
        "unguarded-operation",
        Severity.WARNING,
        "An adapter exposes an operation that deletes or that is declared "
        "destructive, and authenticates no client. Without a local `address`, the "
        "spec allows it to listen on all addresses. The package listens on this "
        "machine only, unless clients have to send the token `<NAMESPACE>_TOKEN`.",
        "Declare `authentication`, or write `address: localhost`. For a package "
        "without either, set `<NAMESPACE>_TOKEN`.",
    )

    # OpenAPI documents
    UNUSABLE_OPENAPI = (
        "unusable-openapi",
        Severity.ERROR,
        "The file isn't an OpenAPI document that can be read, or is too large.",
        "Name a document of Swagger 2.0, OpenAPI 3.0 or OpenAPI 3.1 that has `paths`.",
    )
    UNUSABLE_REFERENCE = (
        "unusable-reference",
        Severity.WARNING,
        "A `$ref` leads nowhere, in a circle, or out of the document's directory. The "
        "part that it refers to is left out.",
        "Correct it; files must be in the document's directory, as nothing is "
        "downloaded.",
    )
    NOT_CARRIED_OVER = (
        "not-carried-over",
        Severity.NOTE,
        "A capability can't express a part of the OpenAPI document, or expresses it "
        "differently.",
        "Read the comment in the capability.",
    )
    IMPORT_CONFLICT = (
        "import-conflict",
        Severity.WARNING,
        "A new import changes or removes a part of a capability that was edited by "
        "hand. The edit stays.",
        "Adapt the edit to the API, or keep it.",
    )

    # Publishing
    DUPLICATE_PACKAGE = (
        "duplicate-package",
        Severity.ERROR,
        "Two specs of one run have the same slug, so one package would overwrite the "
        "other.",
        "Rename one of the files, or write them to different directories.",
    )
    OUTDATED_PACKAGE = (
        "outdated-package",
        Severity.ERROR,
        "`--check` found a package that differs from a new compilation of its spec.",
        "Run naftiko-gen without `--check`, and commit the package.",
    )
    UNUSABLE_DEPFILE = (
        "unusable-depfile",
        Severity.ERROR,
        "The depfile or the stamp can't be written, or a file has a name that Make "
        "can't read.",
        "Write it to another place, or rename the file.",
    )
    UNUSABLE_OUTPUT = (
        "unusable-output",
        Severity.ERROR,
        "The package can't be written to the output directory.",
        "Name another directory with `-o`, or move away the obstacle.",
    )
    BROKEN_MANIFEST = (
        "broken-manifest",
        Severity.ERROR,
        "The manifest of the existing package can't be read, so it isn't known which "
        "files are generated.",
        "Restore `.naftiko-gen.json`, or overwrite the package with `--force`.",
    )
    FOREIGN_PACKAGE = (
        "foreign-package",
        Severity.ERROR,
        "The existing package was compiled from another spec. Outside of a repository "
        "or a configured project, only the names of the spec files are compared: a "
        "spec with the same file name replaces the package.",
        "Remove it if that spec was renamed or moved, or replace it with `--force`.",
    )
    EDITED_GENERATED_FILE = (
        "edited-generated-file",
        Severity.ERROR,
        "A generated file was edited, or another file is in its place. A run that was "
        "killed before the spec changed leaves such files, too.",
        "Move the edit into a module of your own, or overwrite it with `--force`.",
    )
    FOREIGN_MODULE = (
        "foreign-module",
        Severity.ERROR,
        "A module beside the package's generated ones isn't generated. Python could "
        "import it, even instead of a generated one.",
        "Keep your own code out of the directory of the generated modules, and delete "
        "everything that isn't yours.",
    )

    def __init__(self, slug: str, severity: Severity) -> None:
        self.slug = slug
        self.severity = severity

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


ALWAYS_REPORTED = frozenset(
    {Code.ABSOLUTE_BIND_FILE, Code.IGNORED_PERMISSION, Code.METADATA_ADDRESS}
)
"""Warnings that protect the machine on which a stranger's package runs.

The configuration may be the stranger's too, so it can turn them into errors, but can't
silence or lower them.
"""

EXTENSIONS = frozenset(
    {
        Code.ADAPTER_DESCRIPTION,
        Code.API_KEY_LIST,
        Code.API_KEY_PLACEMENT,
        Code.BIND_DEFAULT,
        Code.BODY_ALTERNATIVES,
        Code.CAPABILITY_VERSION,
        Code.CREDENTIAL_ALTERNATIVES,
        Code.CREDENTIAL_SCHEME,
        Code.IMPORT_OPENAPI,
        Code.INPUT_RESTRICTION,
        Code.RESPONSE_SCHEMA,
        Code.OPAQUE_OUTPUT,
        Code.PARAMETER_METADATA,
        Code.PARAMETER_STYLE,
        Code.PART_HEADERS,
        Code.XML_ROOT,
    }
)
"""Notes about extensions of the official language; nothing is guessed or left out.

A spec can acknowledge these notes, and no others.
"""

NEVER_FIXED = frozenset(
    {
        Code.ASSUMED_VERSION,
        Code.CONSTANT_OUTPUT,
        Code.IGNORED_ADDRESS,
        Code.IGNORED_PRAGMA,
        Code.IGNORED_SCHEMA,
        Code.KUBERNETES_RESOURCE,
        Code.MISSING_VERSION,
        Code.NOT_CARRIED_OVER,
        Code.NOT_OBSERVED,
        Code.SCRIPT_STEP,
        Code.SKILL_NAME,
        Code.STEPS_TOGETHER,
        Code.UNUSED_AUTHENTICATION,
        Code.UNUSED_BINDING,
    }
)
"""Notes that `fix` leaves alone, mostly because only the author knows the answer."""
