"""The style of all pages: light and dark, for screens of any width and for paper."""

STYLE = """
:root { color-scheme: light dark; --back: #fff; --panel: #f6f8fa; --text: #1c2127;
  --soft: #57606a; --line: #d8dee4; --link: #0a58b8; --mark: #0a58b8; --on: #fff;
  --read: #116329; --read-back: #ddf4e4; --post: #0a4da8; --post-back: #deebfd;
  --put: #744500; --put-back: #fff0cf; --patch: #5a2ca0; --patch-back: #efe6fd;
  --bad: #a3201a; --bad-back: #ffe6e3; --code: #f3f5f8; --code-text: #24292f }
@media (prefers-color-scheme: dark) { :root { --back: #0f1318; --panel: #161b22;
  --text: #e6edf3; --soft: #9da7b3; --line: #2c343d; --link: #79b8ff; --mark: #1a66c9;
  --on: #fff; --read: #74dd90; --read-back: #12351f; --post: #8cc2ff;
  --post-back: #10305a; --put: #f4c65c; --put-back: #3c2b06; --patch: #cdb0ff;
  --patch-back: #301e54; --bad: #ffa198; --bad-back: #4a1815; --code: #161b22;
  --code-text: #dbe3eb } }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100% }
body { margin: 0; background: var(--back); color: var(--text);
  font: 400 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: anywhere }
a { color: var(--link); text-underline-offset: .15em }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
h1, h2, h3, h4, p, ul, figure, pre { margin: 0 }
h1 { font-size: clamp(1.6rem, 1.2rem + 1.6vw, 2.2rem); line-height: 1.2;
  letter-spacing: -.015em }
h2 { font-size: 1.35rem; letter-spacing: -.01em }
h4, .label { font: 600 .8rem/1.5 inherit; font-size: .8rem; font-weight: 600;
  color: var(--soft); letter-spacing: .02em }
code, pre, .badge, .path { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas,
  "Liberation Mono", monospace; font-size: .875em }
pre { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.55 }
.prose { white-space: pre-line }
.soft { color: var(--soft) }
.skip { position: absolute; left: -99rem; padding: .5rem 1rem; background: var(--back) }
.skip:focus { left: .5rem; top: .5rem; z-index: 2 }
.top, .list, .plain { padding: 0 1rem; max-width: 84rem; width: 100% }
.top { padding-top: 2rem }
.top > * + * { margin-top: .75rem }
.plain { margin: 0 auto; padding: 3rem 1rem; max-width: 46rem }
.plain > * + * { margin-top: 1rem }
.kind { font-size: .85rem; font-weight: 600; color: var(--link) }
.facts, .links, .beside { display: flex; flex-wrap: wrap; gap: .35rem .5rem;
  padding: 0; list-style: none; font-size: .9rem }
.facts li { padding: .1rem .6rem; border: 1px solid var(--line); border-radius: 1rem;
  color: var(--soft) }
.links a, .beside li { padding: .3rem .75rem; border: 1px solid var(--line);
  border-radius: .4rem; background: var(--panel) }
.links a { display: block; text-decoration: none; font-weight: 500 }
.links a:hover { border-color: var(--link) }
.notice { padding: .6rem .9rem; border: 1px solid; border-radius: .4rem;
  color: var(--put); background: var(--put-back) }
.toc { margin: 1.5rem 1rem 0; padding: .9rem; border: 1px solid var(--line);
  border-radius: .5rem; background: var(--panel); max-height: 19rem; overflow: auto }
.toc ul { padding: 0; list-style: none; font-size: .875rem }
.toc .label { display: block; margin: .75rem .4rem .25rem }
.toc li a { display: flex; gap: .5rem; align-items: baseline; padding: .22rem .4rem;
  border-radius: .3rem; color: var(--text); text-decoration: none }
.toc li a:hover { background: var(--line) }
.toc .badge { flex: none; width: 3.1rem; font-size: .65rem; background: none;
  padding: 0; border: 0 }
.search { display: block; width: 100%; margin-bottom: .25rem }
.list { display: block; padding-bottom: 4rem }
section > h2 { margin-top: 2.5rem; padding-bottom: .5rem;
  border-bottom: 1px solid var(--line) }
section > p { margin-top: .75rem }
.entry { padding: 1.75rem 0; border-bottom: 1px solid var(--line) }
.long .entry { content-visibility: auto; contain-intrinsic-size: auto 26rem }
.entry > h3 { display: flex; flex-wrap: wrap; gap: .4rem .6rem; align-items: center;
  font-size: 1.05rem }
.entry > h3 a { color: inherit; text-decoration: none }
.entry > h3 a:hover { text-decoration: underline }
.path { font-size: 1rem; font-weight: 600 }
.badge { padding: .15rem .5rem; border-radius: .3rem; font-size: .75rem;
  font-weight: 700; line-height: 1.5; color: var(--soft); background: var(--panel) }
.effect { padding: .1rem .55rem; border: 1px solid; border-radius: 1rem;
  font-size: .75rem; font-weight: 600 }
.read-only { color: var(--read) }
.changes { color: var(--post) }
.destructive { color: var(--bad) }
.GET, .HEAD { color: var(--read); background: var(--read-back) }
.POST { color: var(--post); background: var(--post-back) }
.PUT { color: var(--put); background: var(--put-back) }
.PATCH { color: var(--patch); background: var(--patch-back) }
.DELETE { color: var(--bad); background: var(--bad-back) }
.parts { display: grid; gap: 1.25rem 2.5rem; margin-top: .6rem }
.parts > div { min-width: 0 }
.parts > div > * + * { margin-top: .6rem }
.parts h4 { margin-top: 1.25rem }
.title { font-weight: 600 }
.inputs { padding: 0; list-style: none; border-top: 1px solid var(--line) }
.inputs > li { padding: .55rem 0; border-bottom: 1px solid var(--line) }
.inputs code { font-weight: 600 }
.inputs span, .inputs p, .inputs small { font-size: .875rem; color: var(--soft) }
.inputs span { margin-left: .4rem }
.inputs .needed { color: var(--bad); font-weight: 600 }
.answer { padding-left: .9rem; border-left: 3px solid var(--line) }
.answer + .answer { margin-top: .9rem }
.answer .soft { font-size: .875rem }
.shell { position: relative; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--code); color: var(--code-text); overflow: hidden }
.shell figcaption { display: flex; justify-content: space-between; align-items: center;
  min-height: 2.3rem; padding: .2rem .5rem .2rem .9rem; font-size: .8rem;
  color: var(--soft); border-bottom: 1px solid var(--line) }
.shell pre { padding: .75rem .9rem }
.boxes { display: grid; gap: 1rem; margin-top: 1rem }
button, input, select, textarea { font: inherit; color: inherit }
button { padding: .35rem .9rem; border: 1px solid var(--line); border-radius: .4rem;
  background: var(--back); font-weight: 600; font-size: .875rem; cursor: pointer }
button:hover { border-color: var(--link) }
button.main { color: var(--on); background: var(--mark); border-color: var(--mark) }
.shell button { padding: .15rem .6rem; font-size: .78rem }
input, select, textarea { width: 100%; font-weight: 400; padding: .4rem .6rem;
  background: var(--back); border: 1px solid #848d97; border-radius: .4rem;
  font-size: .9rem }
textarea { min-height: 5.5rem; font-family: ui-monospace, monospace; resize: vertical }
.try { padding: 1rem; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--panel) }
.parts .try h4 { margin-top: 0 }
.try > * + *, .sent > * + * { margin-top: .75rem }
.try label { display: block; font-size: .875rem; font-weight: 600 }
.try label small { font-weight: 400; color: var(--soft) }
.sent { padding-top: .25rem }
.sent img { display: block; min-width: 3rem; max-width: 100%;
  border: 1px solid var(--line) }
.sent pre { max-height: 26rem; overflow: auto; padding: .75rem .9rem;
  background: var(--back); border: 1px solid var(--line); border-radius: .4rem }
.sent .ok { color: var(--read); font-weight: 600 }
.sent .failed, .fault { color: var(--bad); font-weight: 600 }
.keys { margin-top: 1rem; padding: 1rem; border: 1px solid var(--line);
  border-radius: .5rem; background: var(--panel); max-width: 34rem }
dialog { max-width: 26rem; padding: 1.5rem; border: 1px solid var(--line);
  border-radius: .6rem; background: var(--back); color: var(--text) }
dialog::backdrop { background: rgb(0 0 0 / .5) }
dialog > * + * { margin-top: 1rem }
.row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center }
[hidden] { display: none !important }
@media (min-width: 62rem) {
  .page { display: grid; grid-template: "toc top" auto "toc list" 1fr / 17.5rem 1fr }
  .top { grid-area: top } .list { grid-area: list }
  .top, .list { padding-left: 2.5rem; padding-right: 2.5rem }
  .toc { grid-area: toc; position: sticky; top: 0; height: 100vh; max-height: none;
    margin: 0; padding: 1.25rem .9rem; border: 0; border-radius: 0;
    border-right: 1px solid var(--line) }
}
@media (min-width: 75rem) {
  .boxes { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) }
  .boxes > :last-child:nth-child(3) { grid-area: 1 / 2 / span 2 }
  .parts { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr) }
}
@media print {
  :root { --back: #fff; --text: #000; --soft: #444; --panel: #fff; --code: #fff;
    --code-text: #000; --line: #bbb }
  .page { display: block } .toc, .skip, button, .try, .keys { display: none }
  .long .entry { content-visibility: visible }
  .entry { break-inside: avoid; padding: 1rem 0 }
  .parts { display: block }
  .parts > .side { margin-top: 1rem }
}
"""
