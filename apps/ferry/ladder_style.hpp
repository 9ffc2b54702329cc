// How a ladder diagram looks.
#pragma once

#include <string_view>

namespace ferry::cli {

inline constexpr std::string_view ladder_style = R"(
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --ink: #1b2230; --dim: #6b7484; --line: #d5dae2; --head: #eef1f6;
  --command: #2557d6; --wait: #0d7f8c; --good: #1d7f45; --more: #a05a00; --bad: #c32a2a; --data: #6d3fd1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f131a; --card: #171c25; --ink: #e6e9ef; --dim: #8d97a8; --line: #303846; --head: #202733;
    --command: #7ea6ff; --wait: #4fc7d3; --good: #5fcf8c; --more: #f0b25a; --bad: #ff8080; --data: #b79bff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
main { max-width: 1140px; margin: 0 auto; padding: 32px 24px 64px; }
header p { margin: 0; color: var(--dim); font-size: 13px; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: 2px 0 20px; font-size: 26px; font-weight: 650; letter-spacing: -.01em; }
h2 { margin: 0 0 12px; font-size: 15px; font-weight: 600; color: var(--dim); }
dl { display: flex; flex-wrap: wrap; gap: 10px; margin: 0 0 16px; }
dl div { flex: 1 1 130px; padding: 10px 14px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
dt { color: var(--dim); font-size: 12px; }
dd { margin: 2px 0 0; font-size: 19px; font-weight: 600; font-variant-numeric: tabular-nums; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 0 2px 14px; color: var(--dim); font-size: 13px; }
.legend i { display: inline-block; width: 18px; height: 3px; margin-right: 7px; border-radius: 2px; vertical-align: middle; }
.legend .band i { height: 11px; opacity: .45; }
section { margin: 0 0 18px; padding: 18px; background: var(--card); border: 1px solid var(--line); border-radius: 14px; overflow-x: auto; }
svg { display: block; width: 100%; min-width: 860px; height: auto; }
svg text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: currentColor; }
.life { stroke: var(--line); stroke-width: 2; }
.life.data { stroke-dasharray: 3 5; }
.head rect { fill: var(--head); stroke: var(--line); }
.head text { text-anchor: middle; font: 600 13px system-ui, sans-serif; fill: var(--ink); }
.head text.where { font: 11px ui-monospace, "DejaVu Sans Mono", monospace; fill: var(--dim); }
.time { text-anchor: end; fill: var(--dim); font-size: 11px; }
.gap { text-anchor: middle; fill: var(--dim); font-style: italic; }
.remark { text-anchor: middle; fill: var(--dim); }
.remark.bad { fill: var(--bad); }
g line { stroke: currentColor; stroke-width: 1.6; }
g path { fill: currentColor; }
.command { color: var(--command); } .command text { font-weight: 600; }
.r1 { color: var(--wait); } .r2 { color: var(--good); } .r3 { color: var(--more); } .r4, .r5 { color: var(--bad); }
.dial { color: var(--data); } .dial line { stroke-dasharray: 5 3; }
.band rect { fill: var(--data); opacity: .16; } .band path { fill: var(--data); opacity: .75; }
.band text { text-anchor: middle; } .band .volume { font-weight: 600; fill: var(--ink); } .band .rate { fill: var(--dim); font-size: 11px; }
g:hover line { stroke-width: 2.6; }
.rest { color: var(--dim); }
pre { margin: 0 0 14px; padding: 10px 14px; background: var(--head); border-radius: 8px; overflow-x: auto; font-size: 13px; }
.ways { margin: 0 0 18px; border-collapse: collapse; background: var(--card); }
.ways td { padding: 5px 14px; border: 1px solid var(--line); } .ways .good { color: var(--good); font-weight: 600; }
.cause h2 { color: var(--ink); } .cause.fault h2 { color: var(--more); } .cause.fatal h2 { color: var(--bad); }
)";

inline constexpr std::string_view ladder_legend = R"html(<div class="legend">
<span><i style="background:var(--command)"></i>command</span>
<span><i style="background:var(--wait)"></i>1xx, data follows</span>
<span><i style="background:var(--good)"></i>2xx, done</span>
<span><i style="background:var(--more)"></i>3xx, more is wanted</span>
<span><i style="background:var(--bad)"></i>4xx and 5xx, refused</span>
<span class="band"><i style="background:var(--data)"></i>data connection</span>
</div>
)html";

}  // namespace ferry::cli
