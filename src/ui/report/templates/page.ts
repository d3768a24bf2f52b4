/** The whole document. What it may do is said to the browser as well: show itself, and nothing else. */
export const page = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title><%= it.title %></title>
<link rel="icon" href="data:,">
<style><%~ it.style %></style>
</head>
<body>
<header>
<h1>SeaTable backups of <%= it.report.seatable %></h1>
<p class="quiet"><%= it.quantity(it.report.days, 'day') %> until <%= it.made %>. All times are of this zone.</p>
</header>
<main>
<div class="state <%= it.report.state.ok ? 'good' : 'bad' %>">
<p><span class="sign"><%= it.report.state.ok ? '✓ All is well.' : '✗ This needs you.' %></span> <%= it.report.state.sentence %></p>
<% if (it.report.state.more.length > 0) { %>
<ul>
<% for (const sentence of it.report.state.more) { %><li><%= sentence %></li>
<% } %></ul>
<% } %>
</div>
<%~ include('@glance', it) %>
<%~ include('@calendar', it) %>
<%~ include('@growth', it) %>
<%~ include('@rows', it) %>
<%~ include('@drills', it) %>
<%~ include('@findings', it) %>
</main>
<footer><p>Made by seatable-restic <%= it.report.version %> from what it noted down of its runs on this host<%= it.begins === null ? '' : ' since ' + it.begins %>. Nothing was asked of the repository.</p></footer>
</body>
</html>
`

export const glance = `<section>
<h2>At a glance</h2>
<dl class="figures">
<% for (const { name, value, note } of it.figures) { %>
<div><dt><%= name %></dt><dd><%= value %><% if (note) { %><small><%= note %></small><% } %></dd></div>
<% } %>
</dl>
<% if (it.report.standings.length > 0) { %>
<div class="scroll" role="region" aria-label="Commands" tabindex="0">
<table>
<caption>The last run of each command</caption>
<thead><tr><th scope="col">Command</th><th scope="col">Last run</th><th scope="col">Ended</th><th scope="col">Last good run</th></tr></thead>
<tbody>
<% for (const { command, last, lastGood } of it.report.standings) { %>
<tr><th scope="row"><%= command %></th><td class="when"><%= it.minute(last.at) %></td><td class="ended"><span class="sign <%= last.exitCode === 0 ? 'good' : 'bad' %>"><%= last.exitCode === 0 ? '✓' : '✗' %></span> <%= it.ending(last.exitCode) %></td><td class="when"><%= lastGood === null ? 'never' : it.minute(lastGood) %></td></tr>
<% } %>
</tbody>
</table>
</div>
<% } %>
</section>
`

export const chart = `<div class="chart">
<% for (const { place, label } of it.up) { %><i class="grid" style="top:<%= place %>%"></i><span class="up" style="top:<%= place %>%"><%= label %></span><% } %>
<svg viewBox="0 0 10000 10000" preserveAspectRatio="none" role="img" aria-label="<%= it.says %>"><path class="<%= it.kind %>" d="<%= it.path %>"/></svg>
<% for (const { place, sign, kind, title } of it.marks) { %><span class="mark <%= kind %>" style="left:<%= place %>%" title="<%= title %>"><%= sign %></span><% } %>
<% for (const { place, label, minor } of it.across) { %><span class="across<%= minor ? ' minor' : '' %>" style="left:<%= place %>%"><%= label %></span><% } %>
</div>
`
