export const growth = `<section>
<h2>Growth of the repository</h2>
<% if (it.report.growth.additions.length === 0) { %>
<p>No backup of this time has told what it added.</p>
<% } else { %>
<p class="quiet">What backups added, as it is stored. <code>forget --prune</code> frees space again, which is not counted here.</p>
<figure>
<figcaption>Added by each backup</figcaption>
<%~ include('@chart', it.addedChart) %>
</figure>
<figure>
<figcaption>Added so far in these <%= it.quantity(it.report.days, 'day') %></figcaption>
<%~ include('@chart', it.totalChart) %>
</figure>
<div class="scroll" role="region" aria-label="Growth" tabindex="0">
<table>
<caption>The same by <%= it.stretch %></caption>
<thead><tr><th scope="col"><%= it.stretch === 'week' ? 'Week of' : 'Month' %></th><th scope="col" class="number">Backups</th><th scope="col" class="number">Added</th></tr></thead>
<tbody>
<% for (const { begins, backups, added } of it.report.growth.stretches) { %>
<tr><th scope="row" class="when"><%= begins %></th><td class="number"><%= it.count(backups) %></td><td class="number"><%= it.bytes(added) %></td></tr>
<% } %>
</tbody>
</table>
</div>
<% } %>
</section>
`

export const rows = `<section>
<h2>What is in the backups</h2>
<% if (it.databases.length === 0) { %>
<p>No good backup of this time is known.</p>
<% } else { %>
<div class="three">
<% for (const { name, chart } of it.databases) { %>
<figure>
<figcaption>Rows of <%= name %></figcaption>
<%~ include('@chart', chart) %>
</figure>
<% } %>
</div>
<div class="scroll" role="region" aria-label="Databases" tabindex="0">
<table>
<caption>Rows in the first and the last backup of this time</caption>
<thead><tr><th scope="col">Database</th><th scope="col" class="number">At first</th><th scope="col" class="number">At last</th><th scope="col" class="number">Change</th></tr></thead>
<tbody>
<% for (const { name, first, last, change } of it.databases) { %>
<tr><th scope="row"><%= name %></th><td class="number"><%= it.count(first) %></td><td class="number"><%= it.count(last) %></td><td class="number"><%= change %></td></tr>
<% } %>
</tbody>
</table>
</div>
<% for (const { caption, tables } of it.changed) { if (tables.length === 0) continue %>
<div class="scroll" role="region" aria-label="<%= caption %>" tabindex="0">
<table>
<caption><%= caption %></caption>
<thead><tr><th scope="col">Table</th><th scope="col" class="wide">Rows over time</th><th scope="col" class="number">At first</th><th scope="col" class="number">At last</th><th scope="col" class="number">Change</th></tr></thead>
<tbody>
<% for (const { name, spark, first, last, change } of tables) { %>
<tr><th scope="row" class="long"><%= name %></th><td class="wide"><svg class="spark" viewBox="0 0 10000 10000" preserveAspectRatio="none" aria-hidden="true"><path d="<%= spark %>"/></svg></td><td class="number"><%= first %></td><td class="number"><%= last %></td><td class="number"><%= change %></td></tr>
<% } %>
</tbody>
</table>
</div>
<% } %>
<% } %>
</section>
`
