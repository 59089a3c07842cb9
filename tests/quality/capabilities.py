"""Capabilities that show each feature of the intermediate representation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.ir import (
    AccessToken,
    Anything,
    Argument,
    Array,
    ArrayTemplate,
    Basic,
    Bearer,
    Body,
    BodyKey,
    BodyTemplate,
    BoundFile,
    Bytes,
    BytesBody,
    Call,
    Capability,
    Certificate,
    ChosenBody,
    Constant,
    CookieKey,
    Digest,
    Each,
    Entity,
    Escaping,
    Field,
    FieldMember,
    FieldPart,
    FileKey,
    FileMember,
    FilePart,
    Filled,
    FormBody,
    GraphQL,
    Guard,
    HeaderKey,
    Hints,
    Hmac,
    Identity,
    InArguments,
    InBody,
    InContent,
    InCookie,
    InField,
    InHeader,
    InPath,
    Input,
    InQuery,
    InText,
    Items,
    Joined,
    Literal,
    Location,
    McpAdapter,
    MultipartBody,
    MultipartObject,
    OAuth1,
    OAuth2,
    Object,
    ObjectTemplate,
    Operation,
    Parameter,
    PathKey,
    Pick,
    Place,
    Primitive,
    ProjectedCall,
    Projection,
    Provider,
    QueryKey,
    RestAdapter,
    Route,
    RsaKey,
    Setting,
    SeveralKeys,
    Shape,
    SharedSecret,
    SigV4,
    Skill,
    SkillAdapter,
    SkillTool,
    Style,
    Template,
    TextBody,
    Tool,
    Transport,
    Type,
    Upstream,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics.span import Plain

T = TypeVar("T")

STRING, INTEGER = Primitive.STRING, Primitive.INTEGER
NUMBER, BOOLEAN = Primitive.NUMBER, Primitive.BOOLEAN
ALL = Each.ELEMENT
ANYTHING = Anything()

KEY = Variable("API_KEY", secret=True)
USER = Variable("API_USER", secret=False, description="who calls")
LOGIN = "https://login.example.com"
FILE = Variable("KEY_FILE", secret=True)
IN_PATH = Joined(("a {", Setting(KEY), "\u00fc/"))
PATH = Variable("CERTIFICATE_PATH", secret=False)
REGION = Variable("REGION", secret=False)
TENANT = Variable("TENANT_URI", secret=False, description="pipes | and `ticks`")

API = Upstream("api", ("https://api.example.com/v1",), credential=None)


# --- shorthands, with fixed values for irrelevant properties ---


def parameter(
    name: str, kind: Type = STRING, *, place: Place = Place.QUERY, required: bool = True
) -> Parameter:
    return Parameter(name, place, kind, required)


def in_query(*parameters: Parameter) -> tuple[tuple[str, Template], ...]:
    return tuple((p.name, Argument(p)) for p in parameters)


def operation(
    name: str,
    method: str = "GET",
    *path: str | Parameter | Variable,
    parameters: tuple[Parameter, ...] = (),
    upstream: Upstream = API,
    query: tuple[tuple[str, Template], ...] = (),
    headers: tuple[tuple[str, Template], ...] = (),
    body: Body | None = None,
) -> Operation:
    return Operation(
        name,
        upstream,
        method,
        path or (f"/{name}",),
        parameters,
        query,
        headers,
        body,
        f"Describe {name}.",
    )


def reading(name: str, *parameters: Parameter) -> Operation:
    """Return an operation that sends each parameter in the query."""
    return operation(name, parameters=parameters, query=in_query(*parameters))


def an_input(
    name: str,
    location: Location,
    kind: Type = STRING,
    *,
    required: bool = True,
    description: str | None = None,
) -> Input:
    return Input(name, location, kind, required, description)


def call(called: Operation, *values: Template) -> Call:
    return Call(called, tuple(zip(called.parameters, values, strict=False)))


def unshaped(called: Operation, *values: Template) -> ProjectedCall:
    """Return a call whose response is passed on unchanged."""
    return ProjectedCall(call(called, *values), Identity())


def passed(called: Operation, inputs: tuple[Input, ...]) -> Call:
    """Return a call that passes each parameter the input at its position."""
    return call(called, *map(Argument, inputs))


def route(
    called: Operation,
    *path: str | Input,
    inputs: tuple[Input, ...] = (),
    output: Projection | None = None,
    method: str = "",
    name: str = "",
) -> Route:
    in_path = tuple(part for part in path if isinstance(part, Input))
    all_inputs = (*in_path, *inputs)
    return Route(
        name or called.name,
        method or called.method,
        path or (f"/{called.name}",),
        all_inputs,
        ProjectedCall(passed(called, all_inputs), output or Identity()),
        f"Describe the route {called.name}.",
    )


def tool(
    called: Operation,
    *inputs: Input,
    output: Projection | None = None,
    hints: Hints | None = None,
    name: str = "",
) -> Tool:
    return Tool(
        name or called.name,
        None,
        f"Describe the tool {called.name}.",
        hints or Hints(),
        inputs,
        ProjectedCall(passed(called, inputs), output or Identity()),
    )


def tool_of(called: Operation) -> Tool:
    """Return a tool with an input for each parameter."""
    return tool(
        called,
        *(
            an_input(p.name, InArguments(), p.type, required=p.required)
            for p in called.parameters
        ),
    )


def capability(
    slug: str,
    routes: tuple[Route, ...] = (),
    tools: tuple[Tool, ...] = (),
    variables: tuple[Variable, ...] = (),
) -> Capability:
    """Return a capability of at most one adapter of each kind."""
    rest = (RestAdapter(f"{slug}-rest", 8080, routes),) if routes else ()
    mcp = (McpAdapter(f"{slug}-mcp", 9090, Transport.HTTP, tools),) if tools else ()
    return _assembled(slug, rest, mcp, variables)


def _assembled(
    slug: str,
    rest: tuple[RestAdapter, ...],
    mcp: tuple[McpAdapter, ...],
    variables: tuple[Variable, ...] = (),
) -> Capability:
    bare = Capability(
        slug=slug,
        source=f"{slug}.yaml",
        label=f"The {slug} API",
        description=None,
        tags=(),
        version="2026.1.2",
        variables=variables,
        upstreams=(),
        operations=(),
        adapters=(*rest, *mcp, SkillAdapter((Skill(slug, f"What {slug} offers"),))),
    )
    operations = _distinct(unit.only_call.operation for unit in bare.exposed)
    upstreams = _distinct(called.upstream for called in operations)
    return replace(bare, operations=operations, upstreams=upstreams)


def _distinct(values: Iterable[T]) -> tuple[T, ...]:
    """Return each of the values once; templates can't be hashed."""
    distinct: list[T] = []
    for value in values:
        if value not in distinct:
            distinct.append(value)
    return tuple(distinct)


# --- a capability for each feature ---


def minimal() -> Capability:
    """Return one operation without parameters, behind one route."""
    return capability("minimal", (route(operation("ping")),))


def only_tools() -> Capability:
    """Return one tool without arguments, descriptions or hints."""
    return capability("only-tools", tools=(tool(operation("ping")),))


def on_standard_streams() -> Capability:
    """Return an MCP adapter without a port."""
    adapter = McpAdapter(
        "desk", 9090, Transport.STDIO, (tool(operation("ping")),), "A desk's tools."
    )
    return _assembled("on-standard-streams", (), (adapter,))


def credentials() -> Capability:
    """Return each credential, with each kind of text, at operations with one name."""
    by_name = {
        "open": None,
        "bearer": Bearer(Setting(KEY)),
        "fixed-bearer": Bearer(Constant("fixed {token}")),
        "basic": Basic(Setting(USER), Joined(("pass-", Setting(KEY)))),
        "key": HeaderKey("X-Api-Key", Joined(("key {", Setting(KEY), "}"))),
        "query": QueryKey("api_key", Setting(KEY)),
        "cookie": CookieKey("sid", Setting(KEY)),
        "headers": SeveralKeys(
            (HeaderKey("X-User", Setting(USER)), HeaderKey("X-Key", Setting(KEY)))
        ),
        "queries": SeveralKeys((QueryKey("user", Setting(USER)),)),
        "body": BodyKey("key {", Joined(("key {", Setting(KEY), "}"))),
        "path": PathKey("key", IN_PATH, ("/bot", IN_PATH, "/{x}")),
        "rsa": OAuth1(Setting(USER), RsaKey(Setting(FILE)), None),
        "shared": OAuth1(
            Constant("me"),
            SharedSecret("HMAC-SHA256", Setting(KEY), Setting(KEY)),
            Setting(USER),
        ),
        "token": OAuth2(
            Constant("https://id.example/token"),
            Setting(USER),
            Setting(KEY),
            (("scope", Constant("read {write}")), ("audience", Setting(USER))),
        ),
        "amazon": SigV4(
            Setting(USER), Setting(KEY), Setting(KEY), Constant("eu"), Constant("ce")
        ),
        "hmac": Hmac(Setting(USER), Setting(KEY)),
        "digest": Digest(Setting(USER), Joined(("pass-", Setting(KEY)))),
        "certificate": Certificate(Setting(PATH), Setting(FILE)),
    }
    pings = [
        operation("ping", upstream=Upstream(name, ("https://a.example",), credential))
        for name, credential in by_name.items()
    ]
    routes = tuple(
        route(
            ping, f"/{ping.upstream.namespace}", name=f"ping-{ping.upstream.namespace}"
        )
        for ping in pings
    )
    tools = tuple(tool(ping, name=f"ping.{ping.upstream.namespace}") for ping in pings)
    return capability("credentials", routes, tools, (USER, KEY, FILE, PATH))


def base_uris() -> Capability:
    """Return upstreams whose addresses depend on variables."""
    regional = Upstream(
        "regional", ("https://", REGION, ".api.example.com/v1"), Bearer(Setting(KEY))
    )
    of_tenant = Upstream("whole", (TENANT,), credential=None)
    routes = (
        route(operation("near", upstream=regional)),
        route(operation("far", upstream=of_tenant)),
    )
    return capability("base-uris", routes, variables=(REGION, TENANT, KEY))


def bound_files() -> Capability:
    """Return variables that files and a provider hold, with short and long names."""
    short = BoundFile("A_FILE", "./a.json")
    long = BoundFile("CREDENTIALS_OF_THE_SHOP_FILE", f"/etc/{'shop/' * 12}values.yaml")
    key = Variable("SHOP_KEY", secret=True, source=FileKey(short, "key"))
    edition = Variable("EDITION", secret=False, source=FileKey(long, 'an "edition"'))
    tenant = Variable("TENANT_URI", secret=False, source=FileKey(long, "tenant" * 12))
    stored = Variable("STORED", secret=False, source=Provider("vault", "a/`b`|c"))
    shop = Upstream("shop", (tenant,), Bearer(Setting(key)))
    sent = (("edition", Setting(edition)), ("stored", Setting(stored)))
    listing = operation("list", upstream=shop, query=sent)
    variables = (key, edition, tenant, stored)
    return capability("bound-files", (route(listing),), variables=variables)


def locations() -> Capability:
    """Return inputs in every place of a request, of every type allowed there."""
    kinds: tuple[Type, ...] = (
        *(STRING, INTEGER, NUMBER, BOOLEAN, Anything()),
        *(Array(STRING), Array(INTEGER), Object()),
    )
    words = ("text", "count", "ratio", "flag", "any", "tags", "numbers", "filter")
    required = tuple(map(parameter, words, kinds))
    optional = tuple(
        parameter(f"maybe-{word}", kind, required=False)
        for word, kind in zip(words, kinds, strict=True)
    )
    listing = reading("list", *required, *optional)
    queries = tuple(
        an_input(p.name, InQuery(), p.type, required=p.required)
        for p in listing.parameters
    )
    return capability(
        "locations",
        (
            route(listing, inputs=queries),
            _headers_route(),
            _cookies_route(),
            _path_route(),
            *_body_routes(),
        ),
        (tool_of(listing),),
    )


def _headers_route() -> Route:
    headers = (
        parameter("X-Trace", place=Place.HEADER),
        parameter("X-Count", INTEGER, place=Place.HEADER, required=False),
    )
    traced = operation("trace", parameters=headers, headers=in_query(*headers))
    return route(
        traced,
        inputs=tuple(
            an_input(header.name, InHeader(), header.type, required=header.required)
            for header in headers
        ),
    )


def _cookies_route() -> Route:
    cookies = (
        parameter("view", place=Place.COOKIE),
        parameter("Page", INTEGER, place=Place.COOKIE, required=False),
    )
    seeing = operation("see", parameters=cookies)
    return route(
        replace(seeing, cookies=in_query(*cookies)),
        inputs=tuple(
            an_input(cookie.name, InCookie(), cookie.type, required=cookie.required)
            for cookie in cookies
        ),
    )


def _path_route() -> Route:
    in_path = (
        parameter("run-id", place=Place.PATH),
        parameter("step", INTEGER, place=Place.PATH),
    )
    stepping = operation(
        "step", "PUT", "/runs ü/", in_path[0], ":step/", in_path[1], parameters=in_path
    )
    inputs = an_input("run-id", InPath()), an_input("step-no", InPath(), INTEGER)
    return route(stepping, "/a/", inputs[0], "/steps/", inputs[1], ":go")


def _body_routes() -> tuple[Route, ...]:
    body = parameter("body", Object(), place=Place.BODY)
    maybe = replace(body, required=False)
    text = parameter("text", place=Place.BODY)
    creating = operation("create", "POST", parameters=(body,), body=Entity(body))
    perhaps = operation("change", "PATCH", parameters=(maybe,), body=Entity(maybe))
    words = operation("say", "POST", parameters=(text,), body=Entity(text))
    fields = _fields_operation()
    return (
        route(creating, inputs=(an_input("body", InBody(), Object()),)),
        route(perhaps, inputs=(an_input("body", InBody(), Object(), required=False),)),
        route(words, inputs=(an_input("text", InBody()),)),
        route(
            fields,
            inputs=(
                an_input("name", InField(("name",))),
                an_input("city", InField(("home", "city")), required=False),
                an_input("tags", InField(("home", "tags")), Array(STRING)),
            ),
        ),
        _whole_and_members_route(),
    )


def _whole_and_members_route() -> Route:
    body = parameter("body", Anything(), place=Place.BODY, required=False)
    name = parameter("name")
    keeping = operation(
        "keep", "POST", parameters=(name, body), query=in_query(name), body=Entity(body)
    )
    inputs = (
        an_input("name", InField(("about", "name"))),
        an_input("body", InBody(), Anything(), required=False),
    )
    return route(keeping, inputs=inputs)


def _fields_operation() -> Operation:
    members = (
        parameter("name", place=Place.BODY),
        parameter("city", place=Place.BODY, required=False),
        parameter("tags", Array(STRING), place=Place.BODY),
    )
    template = members_of(*members)
    return operation("enrol", "POST", parameters=members, body=BodyTemplate(template))


def arguments() -> Capability:
    """Return arguments of every type, required and optional ones."""
    person = Object(
        (
            Field("name", STRING, required=True, description="the full name"),
            Field("ages", Array(INTEGER), required=False),
            Field("home", Object((Field("city", STRING, required=True),)), True),
        )
    )
    kinds: tuple[Type, ...] = (
        *(STRING, INTEGER, NUMBER, BOOLEAN, Anything(), Array(Anything())),
        *(Array(INTEGER), Array(Array(BOOLEAN)), Object(), person, Array(person)),
    )
    parameters = [
        parameter(f"{word}-{number}", kind, place=Place.BODY, required=must)
        for word, must in (("given", True), ("maybe", False))
        for number, kind in enumerate(kinds)
    ]
    template = members_of(*parameters)
    taking = operation(
        "take", "POST", parameters=tuple(parameters), body=BodyTemplate(template)
    )
    entity = parameter("people", Array(person), place=Place.BODY)
    sending = operation("send", "PUT", parameters=(entity,), body=Entity(entity))
    return capability("arguments", tools=(tool_of(taking), tool_of(sending)))


def templates() -> Capability:
    """Return every kind of template, in operations and in arguments of calls."""
    parameters = (
        parameter("id"),
        parameter("note", required=False),
        parameter("n", NUMBER),
    )
    identifier, note, number = map(Argument, parameters)
    document = ObjectTemplate(
        (
            ("fixed", Constant({"a": [1, None, True, 'quoted "text"'], "b": {}})),
            ("nothing", Constant(None)),
            ("id", identifier),
            ("note", note),
            ("title", Joined(("Note: ", note, "!"))),
            ("label", Joined((identifier, " of ", Setting(REGION)))),
            ("query", _graphql(identifier, note, number)),
            ("region", Setting(REGION)),
            ("inner", ObjectTemplate((("n", number), ("list", ArrayTemplate(()))))),
            ("list", ArrayTemplate((Constant(1), identifier, note))),
            ("nulls", ArrayTemplate((Constant(None), note))),
            ("fixed list", ArrayTemplate((identifier, Setting(REGION)))),
        )
    )
    filling = operation(
        "fill",
        "POST",
        "/in/",
        REGION,
        "/fill",
        parameters=parameters,
        query=(("fixed", Constant("a b&c")), ("both", Joined((identifier, note)))),
        headers=(("X-Region", Setting(REGION)), ("X-Note", Joined(("<", note, ">")))),
        body=BodyTemplate(document),
    )
    return capability(
        "templates", _template_routes(filling), _template_tools(filling), (REGION,)
    )


def _graphql(identifier: Argument, note: Argument, number: Argument) -> GraphQL:
    return GraphQL(
        (
            '# all of "it\nquery { a(id: "\\"',
            identifier,
            '", note: ',
            note,
            ", n: ",
            number,
            ') { b(text: """',
            note,
            '""", region: "',
            Setting(REGION),
            '") } }',
        )
    )


def _template_routes(filling: Operation) -> tuple[Route, ...]:
    spare = an_input("spare", InQuery(), INTEGER)
    wide = an_input("wide", InQuery())
    unused = replace(route(filling, "/unused", inputs=(spare, wide)), name="unused")
    fixed = replace(
        unused,
        implementation=unshaped(
            filling, Constant("fixed"), Constant(None), Constant(1.5)
        ),
    )
    joined = Joined(("w:", Argument(wide), "/", Setting(REGION)))
    mixed = replace(
        route(filling, "/mixed", inputs=(spare, wide)),
        name="mixed",
        implementation=unshaped(filling, joined, Argument(wide), Argument(spare)),
    )
    return fixed, mixed


def _template_tools(filling: Operation) -> tuple[Tool, ...]:
    words = an_input("words", InArguments(), Array(STRING))
    body = parameter("body", Object(), place=Place.BODY)
    posting = operation("post", "POST", parameters=(body,), body=Entity(body))
    wrapped = ObjectTemplate(
        (("words", Argument(words)), ("list", ArrayTemplate((Constant({}),))))
    )
    wrapping = replace(tool(posting, words), implementation=unshaped(posting, wrapped))
    return tool_of(filling), wrapping


def mismatched() -> Capability:
    """Return calls that pass parameters values of other types than declared."""
    kinds: tuple[Type, ...] = (INTEGER, NUMBER, BOOLEAN, Array(INTEGER), Object())
    parameters = tuple(
        parameter(f"p-{number}", kind, place=Place.BODY)
        for number, kind in enumerate(kinds)
    )
    template = members_of(*parameters)
    taking = operation(
        "take", "POST", parameters=parameters, body=BodyTemplate(template)
    )
    words = tuple(an_input(p.name, InQuery()) for p in parameters)
    said = tuple(an_input(p.name, InArguments()) for p in parameters)
    constants: tuple[Plain, ...] = ("1", True, 1, ["x"], [None])
    fixed = replace(
        tool(taking, name="fixed"),
        implementation=unshaped(taking, *map(Constant, constants)),
    )
    routes = (route(taking, inputs=words),)
    return capability("mismatched", routes, (tool(taking, *said), fixed))


def filled_output(location: Location) -> tuple[tuple[Input, ...], Projection]:
    """Return an output that holds inputs at a location."""
    word = an_input("item", location)
    size = an_input("functools", location, INTEGER, required=False)
    text = Joined(("of ", Argument(word), " and ", Argument(size)))
    members: tuple[tuple[str, Projection], ...] = (
        ("text", Filled(text)),
        ("size", Filled(Argument(size))),
        ("all", Items(("all",), Shape((), (("word", Filled(Argument(word))),)))),
    )
    return (word, size), Shape((), members)


def outputs() -> Capability:
    """Return every kind of output: shapes, wildcards, constants, arrays of arrays."""
    person = Shape((), (("name", Pick(("name",), STRING)), ("kind", Literal("person"))))
    shapes: dict[str, Projection] = {
        "pick": Pick(("data", "id"), STRING),
        "whole": Pick((), Object()),
        "index": Pick(("data", 0, "ids", -1), INTEGER),
        "wildcard": Pick(("data", ALL, "tags", ALL, "name"), Anything()),
        "literal": Literal({"fixed": [1, "two", None]}),
        "shape": Shape(("data",), (("a b", Pick(("a",), NUMBER)), ("p", person))),
        "people": Items(("people",), person),
        "numbers": Items((), Pick((), INTEGER)),
        "teams": Items(
            ("teams",), Items(("members",), Items(("names",), Pick((), STRING)))
        ),
        "deep": Shape(
            (),
            (
                ("teams", Items(("teams", ALL), Pick(("name",), STRING))),
                ("first", Pick(("teams", 0), Anything())),
                ("all", Identity()),
            ),
        ),
        "empty": Shape((), ()),
    }
    routes = tuple(
        route(operation(name), output=shape) for name, shape in shapes.items()
    )
    tools = tuple(tool(unit.only_call.operation, output=unit.output) for unit in routes)
    people = next(unit for unit in routes if unit.name == "people").only_call.operation
    raw = tool(people, output=Pick(("people",), Array(Object())), name="people-raw")
    called = operation("filled")
    inputs, filled = filled_output(InQuery())
    routes = (*routes, route(called, inputs=inputs, output=filled))
    inputs, filled = filled_output(InArguments())
    said = tool(called, *inputs, output=filled)
    return capability("outputs", routes, (*tools, raw, said))


def adapters() -> Capability:
    """Return several adapters of each kind over the same operations."""
    ping, pong = operation("ping"), operation("pong", "DELETE")
    rest = (
        RestAdapter("public", 8080, (route(ping), route(pong)), "For everyone."),
        RestAdapter("Admin-API", 8081, (route(pong),)),
    )
    mcp = (
        McpAdapter("agents", 9090, Transport.HTTP, (tool(ping), tool(pong))),
        McpAdapter("desk", 9091, Transport.STDIO, (tool(pong),)),
    )
    return _assembled("adapters", rest, mcp)


def guards() -> Capability:
    """Return adapters of both kinds for each guard, and one that takes its variable."""
    ping = operation("ping")
    text = Joined(('a "text" {', Setting(KEY), "}"))
    by_name: dict[str, Guard] = {
        "bearer": Bearer(Setting(KEY)),
        "joined": Bearer(text),
        "basic": Basic(Constant('"agent"'), Setting(KEY)),
        "digest": Digest(Setting(USER), Setting(KEY)),
        "header": HeaderKey("X-Key", Setting(KEY)),
        "query": QueryKey('a "key" & {more}', Setting(KEY)),
        "cookie": CookieKey("sid", Setting(KEY)),
        "token": AccessToken(Constant(LOGIN), Constant("a {b}"), None, (), None),
        "scopes": AccessToken(
            Setting(USER), Constant(LOGIN), Constant(LOGIN), ("a", "b:c"), f"{LOGIN}/t"
        ),
    }
    rest = tuple(
        RestAdapter(f"{name}-rest", 8100 + number, (route(ping),), guard=guard)
        for number, (name, guard) in enumerate(by_name.items())
    )
    mcp = tuple(
        McpAdapter(
            f"{name}-mcp", 8200 + number, Transport.HTTP, (tool(ping),), None, guard
        )
        for number, (name, guard) in enumerate(by_name.items())
    )
    open_to_all = RestAdapter("open", 8099, (route(ping),))
    return _assembled("guards", (*rest, open_to_all), mcp)


def routes() -> Capability:
    """Return every method, and paths that differ in unusual ways."""
    identifier = parameter("id", place=Place.PATH)
    run = operation("run", "GET", "/runs/", identifier, parameters=(identifier,))
    pair = parameter("left", place=Place.PATH), parameter("right", place=Place.PATH)
    compare = operation("compare", "GET", "/", pair[0], "...", pair[1], parameters=pair)
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
    run_id, other = an_input("run-id", InPath()), an_input("runId", InPath())
    left, right = an_input("left", InPath()), an_input("right", InPath())
    return capability(
        "routes",
        (
            *(route(operation(f"do-{m}", m, "/do"), "/do", method=m) for m in methods),
            route(operation("root", "GET", "/"), "/"),
            route(operation("fixed"), "/runs/latest/"),
            route(replace(run, name="cancel"), "/runs/", run_id, ":cancel"),
            route(run, "/runs/", run_id),
            route(replace(run, name="drop", method="DELETE"), "/runs/", other),
            route(compare, "/compare/", left, "...", right),
            route(operation("odd", "GET", "/odd path/%/é{x}"), "/odd/100%/é"),
        ),
    )


def heads() -> Capability:
    """Return routes whose responses have no body, one of them with a shaped output."""
    shaped = Shape((), (("id", Pick(("id",), STRING)),))
    return capability(
        "heads",
        (
            route(operation("exists", "HEAD")),
            route(operation("describe", "HEAD"), output=shaped),
        ),
    )


def forty() -> Capability:
    """Return forty operations, each with a route and a tool."""
    operations = []
    for number in range(40):
        parameters = (parameter("id", place=Place.PATH), parameter("limit", INTEGER))
        operations.append(
            operation(
                f"operation-{number}",
                "GET",
                f"/{number}/",
                parameters[0],
                parameters=parameters,
                query=in_query(parameters[1]),
            )
        )
    identifier = an_input("id", InPath())
    limit = an_input("limit", InQuery(), INTEGER)
    routes = tuple(
        route(called, f"/{called.name}/", identifier, inputs=(limit,))
        for called in operations
    )
    return capability("forty", routes, tuple(map(tool_of, operations)))


def prose() -> Capability:
    """Return texts that are long, empty, in other scripts, or full of markup."""
    long = 'A sentence with several words, "quotes" and `code`. ' * 40
    texts = (
        long,
        "",
        "   ",
        "名前を*返す*。二つ目の文。",
        "First\n\n- second\n- third",
        '"',
    )
    tools = tuple(
        replace(
            tool(operation(f"text-{number}"), an_input("q", InArguments(), STRING)),
            description=text,
            title=text,
            inputs=(an_input("q", InArguments(), description=text),),
            hints=Hints(True, False, True, False),
        )
        for number, text in enumerate(texts)
    )
    routes = tuple(
        replace(
            route(unit.only_call.operation, inputs=(an_input("q", InQuery()),)),
            description=unit.description,
        )
        for unit in tools
    )
    bare = capability("prose", routes, tools)
    entries = (
        SkillTool("read: it", long, routes[0]),
        SkillTool("say_it", "", tools[3]),
    )
    skills = (Skill("Prose — all of it", ""), Skill("x" * 80, long, entries))
    return replace(
        bare,
        label='The "prose" API — 名前 \\ 100% {x}',
        description=long,
        adapters=(
            *(replace(adapter, description=long) for adapter in bare.rest),
            *(replace(adapter, description="名前。" * 90) for adapter in bare.mcp),
            SkillAdapter(skills),
        ),
    )


def names() -> Capability:
    """Return names that Python or the emitted modules reserve."""
    wires = (
        *("class", "self", "client", "connect", "Reply", "shape", "outputs", "call"),
        *("Page-Size", "page_size", "pageSize", "create_app", "json", "Any", "2nd"),
        *("routes", "fields", "arguments", "settings", "STRING", "tool", "path", "é"),
        *("endpoint", "rest", "mcp", "server", "ROUTES", "segment", "upstream"),
    )
    operations = []
    for wire in wires:
        parameters = tuple(
            parameter(name, required=False) for name in (wire, "$top", "id")
        )
        operations.append(reading(wire, *parameters))
    routes = tuple(
        route(
            called,
            f"/{called.name}",
            inputs=tuple(
                an_input(p.name, InQuery(), required=False) for p in called.parameters
            ),
            output=Shape((), ((called.name, Pick((called.name,), STRING)),)),
        )
        for called in operations
    )
    variables = tuple(Variable(n, secret=False) for n in ("limits", "FROM_ENV", "os"))
    return capability("names", routes, tuple(map(tool_of, operations)), variables)


def contents() -> Capability:
    """Return every body that isn't JSON, and every way to pass one."""
    image = parameter("image", Bytes(), place=Place.BODY)
    scan = parameter("scan", Bytes(), place=Place.BODY, required=False)
    text = parameter("text", STRING, place=Place.BODY, required=False)
    entries = parameter("whole", Object(), place=Place.BODY)
    files = parameter("files", Array(Bytes()), place=Place.BODY)
    fields = (
        parameter("a", ANYTHING, place=Place.BODY, required=False),
        parameter("b", Array(ANYTHING), place=Place.BODY, required=False),
    )
    put = operation(
        "put", "PUT", parameters=(image,), body=BytesBody("image/png", image)
    )
    scanned = operation(
        "scan", "POST", parameters=(scan,), body=BytesBody("application/pdf", scan)
    )
    said = operation(
        "say", "POST", parameters=(text,), body=TextBody("text/plain", Argument(text))
    )
    around = [
        operation(
            f"around-{escaping.value}",
            "POST",
            parameters=(text,),
            headers=(("Content-Type", Constant("text/x")),),
            body=TextBody("text/y", Joined(("<{", Argument(text), "}>")), escaping),
        )
        for escaping in Escaping
    ]
    form = operation(
        "form", "POST", parameters=fields, body=FormBody(members_of(*fields))
    )
    any_form = operation(
        "given", "POST", parameters=(entries,), body=FormBody(Argument(entries))
    )
    parts = operation(
        "parts",
        "POST",
        parameters=(*fields, files),
        body=MultipartBody(
            (
                *(FieldPart(f'"{field.name}"', Argument(field)) for field in fields),
                FieldPart("fixed", Constant(1.5)),
                FilePart(
                    "files",
                    Argument(files),
                    Constant('"ü".png'),
                    Constant("image/png"),
                    (("X-Part", Constant("x")), ("X-First", Argument(fields[0]))),
                ),
            )
        ),
    )
    value, kind = parameter("value", Anything()), parameter("kind", required=False)
    chosen = operation(
        "chosen",
        "POST",
        parameters=(value, kind, fields[0]),
        headers=(("Content-Type", Argument(kind)),),
        body=ChosenBody(
            Entity(value),
            (
                FormBody(Argument(value), (('"ü"', Style.DEEP),), ('"ö"',)),
                MultipartObject(
                    Argument(value),
                    (
                        FileMember('"ü"', Constant("ü"), Argument(fields[0])),
                        FieldMember('"ö"', Style.PIPES),
                        FieldMember('"ä"', None, "a/b", (("X-Part", Argument(kind)),)),
                    ),
                ),
                TextBody("application/xml", Argument(value)),
                BytesBody("image/png", value),
                BytesBody("*/*", value),
            ),
            Argument(kind),
        ),
    )
    in_path = {
        style.value: parameter(style.value, Anything(), place=Place.PATH)
        for style in Style
        if style.value.startswith(("simple", "label", "matrix", "reserved"))
    }
    heads = (parameter("h", Anything()), parameter("o", Object(), required=False))
    styled = replace(
        operation(
            "styled",
            "GET",
            *(part for p in in_path.values() for part in ("/", p)),
            parameters=(*in_path.values(), *heads, *fields),
            headers=in_query(*heads),
            query=in_query(*fields),
        ),
        reserved=tuple(field.name for field in fields),
        path_styles=tuple((name, Style(name)) for name in in_path),
        header_styles=(("h", Style.SIMPLE), ("o", Style.SIMPLE_MEMBERS)),
    )
    routes = (
        route(put, inputs=(an_input("body", InContent("image/png"), Bytes()),)),
        route(
            scanned,
            inputs=(
                an_input("body", InContent("application/pdf"), Bytes(), required=False),
            ),
        ),
        route(said, inputs=(an_input("body", InText(), required=False),)),
        route(said, "/spoken", inputs=(an_input("body", InText()),), name="spoken"),
        route(put, "/put/field", inputs=(an_input("f", InField(("f",)), Bytes()),)),
        route(put, "/put/query", inputs=(an_input("q", InQuery(), Bytes()),)),
        route(put, "/put/json", inputs=(an_input("body", InBody(), Bytes()),)),
        route(any_form, inputs=(an_input("body", InBody(), Object()),)),
    )
    called = (put, scanned, said, *around, form, any_form, parts, chosen, styled)
    return capability("contents", routes, tuple(map(tool_of, called)))


def members_of(*parameters: Parameter) -> Template:
    return ObjectTemplate(tuple((p.name, Argument(p)) for p in parameters))


def of_golden(case: str) -> Capability:
    """Return the capability of a golden case, by its name."""
    spec = CASES / case / "spec.yaml"
    meaning = frontend.read(spec, Options(output=Path())).meaning
    assert meaning
    return replace(meaning.capability, slug=f"golden-{case}")


CASES = Path(__file__).parents[1] / "golden"
GOLDEN = (
    *("aggregate", "binary", "cache-hints", "cookies", "forward", "guard-in-file"),
    *("mock", "prompts", "resources"),
    *("steps", "steps-in-other-formats"),
    *("restricted-inputs", "json-path", "queries-in-steps", "yaml-output"),
    "typed-arguments",
    *("html-output", "markdown-output", "avro-output", "protobuf-output"),
)
"""Features whose meaning is easier to write as a spec."""
CAPABILITIES = {
    feature.slug: feature
    for feature in (
        minimal(),
        only_tools(),
        on_standard_streams(),
        credentials(),
        base_uris(),
        bound_files(),
        locations(),
        arguments(),
        templates(),
        mismatched(),
        outputs(),
        adapters(),
        guards(),
        routes(),
        heads(),
        forty(),
        prose(),
        names(),
        contents(),
        *map(of_golden, GOLDEN),
    )
}
