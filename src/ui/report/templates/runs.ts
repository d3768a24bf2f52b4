export const calendar = `<section>
<h2>Backups day by day</h2>
<p class="quiet"><%= it.calendarSays %></p>
<div class="months">
<% for (const { name, weeks } of it.months) { %>
<table>
<caption><%= name %></caption>
<thead><tr><% for (const day of it.weekdays) { %><th scope="col"><abbr title="<%= day %>"><%= day.slice(0, 2) %></abbr></th><% } %></tr></thead>
<tbody>
<% for (const week of weeks) { %><tr><% for (const day of week) { %><td><% if (day !== null) { %><span class="day <%= day.mark %>" title="<%= day.date %>: <%= it.marks[day.mark].means %>"><%= day.number %><b><%= it.marks[day.mark].sign %></b></span><% } %></td><% } %></tr>
<% } %></tbody>
</table>
<% } %>
</div>
<ul class="key">
<% for (const [mark, { sign, means }] of Object.entries(it.marks)) { %><li><span class="day <%= mark %>" style="display:inline-block;min-width:1.5rem;text-align:center"><b><%= sign %></b></span> <%= means %></li>
<% } %></ul>
<% if (it.report.trouble.length > 0) { %>
<div class="scroll" role="region" aria-label="Runs that failed or were missed" tabindex="0">
<table>
<caption>Runs that failed or were missed, newest first<%= it.moreTrouble %></caption>
<thead><tr><th scope="col">When</th><th scope="col">Command</th><th scope="col">Ended</th><th scope="col">Why</th></tr></thead>
<tbody>
<% for (const { at, command, exitCode, message } of it.trouble) { %>
<tr><td class="when"><%= exitCode === undefined ? at : it.minute(at) %></td><th scope="row"><%= command %></th><td class="ended"><span class="sign bad"><%= exitCode === undefined ? '–' : '✗' %></span> <%= exitCode === undefined ? 'missed' : it.ending(exitCode) %></td><td class="message"><%= message %></td></tr>
<% } %>
</tbody>
</table>
</div>
<% } else { %>
<p>No run failed, and none was missed.</p>
<% } %>
</section>
`

export const drills = `<section>
<h2>Drills</h2>
<p class="quiet">A drill restores a snapshot beside what is live, compares everything, and removes it again. A restore takes about as long.</p>
<% if (it.report.drills.length === 0) { %>
<p>None was run in this time.</p>
<% } else { %>
<figure>
<figcaption>How long each drill took</figcaption>
<%~ include('@chart', it.drillChart) %>
</figure>
<div class="scroll" role="region" aria-label="Drills" tabindex="0">
<table>
<caption>The drills, newest first</caption>
<thead><tr><th scope="col">When</th><th scope="col">Proven</th><th scope="col">Snapshot</th><th scope="col">As of</th><th scope="col" class="number">Took</th></tr></thead>
<tbody>
<% for (const { at, ok, seconds, snapshot, instant } of it.report.drills.toReversed()) { %>
<tr><th scope="row" class="when"><%= it.minute(at) %></th><td><span class="sign <%= ok ? 'good' : 'bad' %>"><%= ok ? '✓ yes' : '✗ no' %></span></td><td><%= snapshot === null ? '–' : it.shortId(snapshot) %></td><td class="when"><%= instant === null ? '–' : it.minute(instant) %></td><td class="number"><%= it.duration(seconds) %></td></tr>
<% } %>
</tbody>
</table>
</div>
<% } %>
</section>
`

export const findings = `<section>
<h2>What the doctor found</h2>
<% if (it.report.findings.at === null) { %>
<p>It was not run yet: <code>seatable-restic doctor</code>.</p>
<% } else { %>
<p class="quiet"><%= it.minute(it.report.findings.at) %>: <%= it.quantity(it.report.findings.ok, 'check') %> passed. <code>seatable-restic doctor</code> says what to do about the others.</p>
<% if (it.report.findings.found.length > 0) { %>
<div class="scroll" role="region" aria-label="Findings" tabindex="0">
<table>
<caption>What is not right</caption>
<thead><tr><th scope="col">Check</th><th scope="col">Says</th><th scope="col">Since</th></tr></thead>
<tbody>
<% for (const { id, status, since } of it.report.findings.found) { %>
<tr><th scope="row"><%= id %></th><td><span class="sign <%= status === 'fail' ? 'bad' : 'warn' %>"><%= status === 'fail' ? '✗ fails' : '! warns' %></span></td><td class="when"><%= it.minute(since) %></td></tr>
<% } %>
</tbody>
</table>
</div>
<% } %>
<% } %>
</section>
`
