/* Copyright (c) 2026, nxapi.events contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// The panel: what is known of the object under the pointer, at that moment.

var panel = make("aside", {id: "detail"});
panel.setAttribute("aria-live", "polite");

function paragraph(content, style) { panel.append(make("p", style ? {"class": style} : {}, content)); }

function help() {
  panel.replaceChildren(make("h4", {}, "Details"));
  paragraph("Point at a lane, or go to one with the keyboard, to see what the switch said.");
  var rows = [["/", "filter"], ["\u2191 \u2193", "lane"], ["\u2190 \u2192", "event before, after"], ["Enter", "keep what is shown"], ["+ \u2212 0", "zoom in, out, all"], ["[ ]", "earlier, later"]];
  var table = make("table");
  rows.forEach(function (each) {
    var row = make("tr"), key = make("td");
    key.append(make("kbd", {}, each[0]));
    row.append(key, make("td", {}, each[1]));
    table.append(row);
  });
  panel.append(table);
  paragraph("Drag over the lanes to zoom; Ctrl and the wheel zooms, Shift and the wheel moves. The filter looks for all its words in names, states (down), attributes (operSt=down) and descriptions.", "quiet");
}

// The attributes at a moment: as first read, with every change up to it.
function known(lane, at) {
  var found = pairs(lane.firstRaw);
  lane.events.forEach(function (event) {
    if (event.at > at) { return; }
    if (event.status === "deleted") { found = new Map(); }
    event.changes.forEach(function (change) { found.set(change[0], change[2]); });
  });
  return found;
}

function stateAt(lane, at) {
  return lane.segments.find(function (each) { return each.begin <= at && (at < each.end || each.end === LENGTH); });
}

function eventWords(event) {
  if (event.status === "deleted") { return "deleted"; }
  var shown = event.changes.slice(0, 6).map(function (change) {
    return change[0] + " " + (change[1] === null || change[1] === "" ? "" : change[1] + " \u2192 ") + (change[2] === "" ? "(empty)" : change[2]);
  });
  if (event.changes.length > 6) { shown.push("and " + (event.changes.length - 6) + " more"); }
  var before = event.status === "modified" ? "" : event.status + ": ";
  return before + (shown.join(", ") || "nothing new") + (event.origin === "notification" ? "" : " [" + (event.origin || event.status) + "]");
}

function showState(lane, at) {
  var state = stateAt(lane, at), say = make("p", {"class": "say"});
  var gap = gapsOf(lane).find(function (each) { return each.begin <= at && at <= each.end; });
  if (state) { say.append(swatch(state.style), (lane.group.attributes[0] || "state") + " " + state.word); }
  else { say.textContent = "does not exist"; }
  panel.append(say);
  if (state) { paragraph("for " + span(state.end - state.begin) + ", from " + clock(state.begin, 3) + " to " + clock(state.end, 3), "quiet"); }
  if (gap) { paragraph("In a gap of " + span(gap.end - gap.begin) + (gap.reason ? " (" + gap.reason + ")" : "") + ": this is what was known before it."); }
  lane.group.host.marks.forEach(function (mark) {
    if (mark.end !== null && mark.at <= at && at <= mark.end) { paragraph("During the task " + markWords(mark)); }
  });
}

var LIMIT = 14;

function showEvents(lane, at) {
  if (!lane.events.length) { paragraph("The switch sent nothing of it.", "quiet"); return; }
  var next = lane.events.findIndex(function (event) { return event.at > at + 0.5; });
  var upTo = next < 0 ? lane.events.length : next, from = Math.max(0, Math.min(upTo - LIMIT / 2, lane.events.length - LIMIT));
  var shown = lane.events.slice(from, from + LIMIT), table = make("table");
  var all = shown.length === lane.events.length;
  table.append(make("caption", {}, all ? lane.events.length + (all && lane.events.length === 1 ? " event" : " events") : "Events " + (from + 1) + " to " + (from + shown.length) + " of " + lane.events.length));
  shown.forEach(function (event, number) {
    var row = make("tr", from + number === upTo - 1 ? {"class": "now"} : {});
    row.append(make("td", {}, clock(event.at, 3)), make("td", {}, eventWords(event)));
    table.append(row);
  });
  panel.append(table);
}

function showAttributes(lane, at) {
  var all = known(lane, at);
  if (!all.size) { return; }
  var fold = make("details"), table = make("table");
  fold.open = foldOpen;
  fold.addEventListener("toggle", function () { foldOpen = fold.open; });
  fold.append(make("summary", {}, all.size + " attributes at " + clock(at, 3)));
  Array.from(all.keys()).sort().forEach(function (name) {
    var row = make("tr");
    row.append(make("td", {}, name), make("td", {}, all.get(name)));
    table.append(row);
  });
  fold.append(table);
  panel.append(fold);
}

var foldOpen = false;

function show(lane, at) {
  at = Math.min(Math.max(at, 0), LENGTH);
  panel.replaceChildren(make("h4", {}, lane.label));
  var description = known(lane, at).get("descr");
  if (description) { paragraph(description); }
  paragraph(lane.group.host.name + ", " + lane.group.name + ", " + lane.dn, "quiet");
  paragraph(clock(at, 3) + " UTC, " + span(at) + " after the begin");
  showState(lane, at);
  showEvents(lane, at);
  showAttributes(lane, at);
}

function showMark(mark) {
  panel.replaceChildren(make("h4", {}, mark.name));
  paragraph(sign(mark) + " " + mark.status);
  paragraph(mark.end === null ? "at " + clock(mark.at, 3) + " UTC" : "from " + clock(mark.at, 3) + " to " + clock(mark.end, 3) + " UTC, " + span(mark.end - mark.at));
  if (mark.action) { paragraph(mark.action, "quiet"); }
}
