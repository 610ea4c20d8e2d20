/* Copyright (c) 2026, nxapi.events contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// The data of the page, taken apart in the order in which page.py puts it together, and the view: which time is shown.

var raw = JSON.parse(document.getElementById("data").textContent);
var BEGIN = raw[1], LENGTH = Math.max(raw[2], 1), texts = raw[3];
function text(number) { return number < 0 ? null : texts[number]; }

function pairs(flat) {
  var found = new Map();
  for (var i = 0; i < flat.length; i += 2) { found.set(text(flat[i]), text(flat[i + 1])); }
  return found;
}

function readChanges(flat) {
  var found = [];
  for (var i = 0; i < flat.length; i += 3) { found.push([text(flat[i]), text(flat[i + 1]), text(flat[i + 2])]); }
  return found;
}

function readLane(given, group) {
  var lane = {
    group: group, label: text(given[0]), dn: text(given[1]), subscription: text(given[2]), ended: text(given[3]), firstRaw: given[4],
    segments: given[5].map(function (each) { return {begin: each[0], end: each[1], look: text(each[2]), word: text(each[3])}; }),
    events: given[6].map(function (each) { return {at: each[0], status: text(each[1]), origin: text(each[2]), changes: readChanges(each[3])}; })
  };
  lane.segments.forEach(function (each) { each.style = each.look === "other" ? group.style(each.word) : each.look; });
  // What was not well before anything was done must not look like what the change has broken.
  for (var i = 0; lane.firstRaw.length && lane.segments[i] && lane.segments[i].look === "unwell"; i += 1) { lane.segments[i].style = "unwell-before"; }
  lane.haystack = haystack(lane);
  return lane;
}

// All that the filter looks at: names, every state that it was in (also as attribute=value), and every other value that changed.
function haystack(lane) {
  var found = new Set([lane.group.host.name, lane.group.name, lane.label, lane.dn, lane.ended, pairs(lane.firstRaw).get("descr") || ""]);
  var name = lane.group.attributes[0];
  lane.segments.forEach(function (each) { found.add(each.word); if (name) { found.add(name + "=" + each.word); } });
  lane.events.forEach(function (event) {
    if (event.status !== "modified") { found.add(event.status); }
    event.changes.forEach(function (change) { if (event.status === "modified") { found.add(change[0] + "=" + change[2]); } });
  });
  return Array.from(found).join("\n").toLowerCase();
}

function readGroup(given, host) {
  var seen = new Map();
  var group = {host: host, name: text(given[0]), attributes: given[1].map(text), closed: false};
  group.style = function (word) {
    if (!seen.has(word)) { seen.set(word, "other-" + seen.size % 5); }
    return seen.get(word);
  };
  group.lanes = given[2].map(function (each) { return readLane(each, group); });
  return group;
}

var hosts = raw[4].map(function (given) {
  var host = {name: text(given[0])};
  host.gaps = given[1].map(function (each) {
    return {begin: each[0], end: each[1] === null ? LENGTH : each[1], open: each[1] === null, reason: text(each[2]), subscriptions: each[3].map(text)};
  });
  host.marks = given[2].map(function (each) {
    return {at: each[0], end: each[1], name: text(each[2]), status: text(each[3]), action: text(each[4])};
  });
  host.groups = given[3].map(function (each) { return readGroup(each, host); });
  return host;
});
var lanes = [];
hosts.forEach(function (host) { host.groups.forEach(function (group) { lanes = lanes.concat(group.lanes); }); });
raw = null;

function gapsOf(lane) {
  return lane.group.host.gaps.filter(function (gap) {
    return !gap.subscriptions.length || !lane.subscription || gap.subscriptions.indexOf(lane.subscription) >= 0;
  });
}

var view = {from: 0, to: LENGTH, width: 600};
// A little room on both sides, so that what happens at the very begin and end can be seen.
var MARGIN = 6;
function toX(at) { return MARGIN + (at - view.from) / (view.to - view.from) * (view.width - 2 * MARGIN); }
function toTime(x) { return view.from + (x - MARGIN) / (view.width - 2 * MARGIN) * (view.to - view.from); }

function setView(from, to) {
  var length = Math.min(Math.max(to - from, 5), LENGTH);
  from = Math.min(Math.max(from, 0), LENGTH - length);
  view.from = from;
  view.to = from + length;
  redraw();
}

function zoom(factor, around) {
  setView(around - (around - view.from) * factor, around + (view.to - around) * factor);
}

function two(number, width) { return String(number).padStart(width || 2, "0"); }

// UTC, with as much after the seconds as asked for.
function clock(at, digits) {
  var date = new Date(BEGIN + at);
  var found = two(date.getUTCHours()) + ":" + two(date.getUTCMinutes()) + ":" + two(date.getUTCSeconds());
  return digits ? found + "." + two(date.getUTCMilliseconds(), 3).slice(0, digits) : found;
}

function day(at) { return new Date(BEGIN + at).toISOString().slice(0, 10); }

function span(milliseconds) {
  var seconds = milliseconds / 1000;
  if (seconds < 10) { return seconds.toFixed(seconds < 1 ? 3 : 1) + " s"; }
  if (seconds < 120) { return Math.round(seconds) + " s"; }
  var minutes = Math.round(seconds / 60);
  return minutes < 120 ? minutes + " min" : Math.floor(minutes / 60) + " h " + two(minutes % 60) + " min";
}
