/* Copyright (c) 2026, nxapi.events contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// What is seen: the frame once, the lanes in view at each change of it. All text is set as text, never as HTML.

var NAMES = 190, ROW = 18, BAR = 14;

function make(name, attributes, content) {
  var found = document.createElement(name);
  Object.keys(attributes || []).forEach(function (key) { found.setAttribute(key, attributes[key]); });
  if (content !== undefined) { found.textContent = content; }
  return found;
}

function draw(name, attributes, parent, content) {
  var found = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.keys(attributes || []).forEach(function (key) { found.setAttribute(key, attributes[key]); });
  if (content !== undefined) { found.textContent = content; }
  if (parent) { parent.appendChild(found); }
  return found;
}

// The signs beside the colours, so that no state is told by colour alone.
function patterns() {
  var svg = draw("svg", {id: "patterns", "aria-hidden": "true"}), defs = draw("defs", {}, svg);
  function pattern(id, size, ground, stroke, width, path) {
    var found = draw("pattern", {id: id, width: size, height: size, patternUnits: "userSpaceOnUse"}, defs);
    if (ground) { draw("rect", {width: size, height: size}, found).style.fill = ground; }
    var line = draw("path", {d: path, "stroke-width": width, fill: "none"}, found);
    line.style.stroke = stroke;
  }
  var slant = "M-2 2L2 -2M0 8L8 0M6 10L10 6";
  pattern("unwell", 8, "var(--unwell)", "var(--unwell-2)", 2, slant);
  pattern("unwell-before", 8, "var(--before)", "var(--before-2)", 2, slant);
  pattern("failed", 8, "var(--failed)", "var(--failed-2)", 2, slant + "M0 0L8 8");
  pattern("shut", 6, "var(--shut)", "var(--shut-2)", 1, "M0 3H6");
  pattern("other-1", 6, "var(--other-1)", "var(--line)", 1, "M3 0V6");
  pattern("other-3", 6, "var(--other-3)", "var(--line)", 1, "M0 3H6");
  pattern("gap", 10, "var(--gap-ground)", "var(--gap)", 1.2, "M-2 8L2 12M0 0L10 10M8 -2L12 2");
  return svg;
}

function swatch(style) {
  var svg = draw("svg", {"aria-hidden": "true"});
  draw("rect", {width: "100%", height: "100%", "class": style}, svg);
  return svg;
}

function legend() {
  var list = make("ul", {id: "legend"});
  var looks = [["well", "well"], ["unwell", "not well"], ["unwell-before", "not well from the start"], ["failed", "failed"], ["shut", "shut"], ["other-0", "other state"]];
  var used = new Set();
  lanes.forEach(function (lane) { lane.segments.forEach(function (each) { used.add(each.look === "other" ? "other-0" : each.style); }); });
  looks.forEach(function (each) {
    if (!used.has(each[0])) { return; }
    var item = make("li");
    item.append(swatch(each[0]), each[1]);
    list.append(item);
  });
  if (hosts.some(function (host) { return host.gaps.length; })) {
    var item = make("li"), sign = draw("svg", {"aria-hidden": "true"});
    draw("rect", {width: "100%", height: "100%", fill: "url(#gap)"}, sign);
    item.append(sign, "gap: not heard");
    list.append(item);
  }
  return list;
}

function line(name, height) {
  var found = make("div", {"class": "line"}), label = make("div", {"class": "name"}, name);
  var svg = draw("svg", {height: height});
  found.append(label, svg);
  return {element: found, label: label, svg: svg};
}

function buildRow(lane) {
  var row = line(lane.label, ROW);
  row.element.className = "line row ended-" + lane.ended;
  row.element.tabIndex = -1;
  row.element.setAttribute("role", "option");
  row.element.setAttribute("aria-label", lane.label + ", " + told(lane));
  row.label.title = lane.dn;
  row.element.lane = lane;
  lane.row = row.element;
  lane.svg = row.svg;
  lane.stale = true;
  return row.element;
}

function told(lane) {
  var words = lane.segments.map(function (each) { return each.word; });
  return words.length > 8 ? words.length + " states, at last " + words[words.length - 1] : words.join(", then ") || "was not there";
}

function buildGroup(group) {
  var element = make("div", {"class": "group"}), head = make("h3"), rows = make("div", {"class": "rows", role: "listbox"});
  rows.setAttribute("aria-label", group.host.name + " " + group.name);
  var toggle = make("button", {type: "button", "aria-expanded": "true"}, "\u25be " + group.name);
  toggle.addEventListener("click", function () {
    group.closed = !group.closed;
    toggle.setAttribute("aria-expanded", String(!group.closed));
    toggle.textContent = (group.closed ? "\u25b8 " : "\u25be ") + group.name;
    rows.classList.toggle("hidden", group.closed);
    redraw();
  });
  group.counter = make("span");
  head.append(toggle, group.counter);
  group.lanes.forEach(function (lane) { rows.append(buildRow(lane)); });
  group.over = draw("svg", {"class": "over", "aria-hidden": "true"}, rows);
  element.append(head, rows);
  group.element = element;
  return element;
}

function buildHost(host) {
  var element = make("section", {"class": "host"});
  element.append(make("h2", {}, host.name));
  if (host.marks.length || host.gaps.length) {
    host.strip = line(host.marks.length ? "tasks" : "", 20);
    host.strip.element.className = "line tasks";
    element.append(host.strip.element);
  }
  host.groups.forEach(function (group) { element.append(buildGroup(group)); });
  host.element = element;
  return element;
}

var STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat([1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400]
  .map(function (seconds) { return seconds * 1000; }));

function drawAxis() {
  var length = view.to - view.from, most = Math.max(2, Math.floor(view.width / 95));
  var step = STEPS.find(function (each) { return length / each <= most; }) || Math.ceil(length / most / 86400000) * 86400000;
  axis.svg.replaceChildren();
  var first = Math.ceil((BEGIN + view.from) / step) * step - BEGIN, path = "";
  for (var at = first; at <= view.to; at += step) {
    var x = toX(at);
    path += "M" + x.toFixed(1) + " 19V26";
    var label = step >= 86400000 ? day(at) : clock(at, step < 10 ? 3 : step < 100 ? 2 : step < 1000 ? 1 : 0);
    draw("text", {x: Math.min(Math.max(x, 27), view.width - 30), y: 14, "text-anchor": "middle"}, axis.svg, label);
  }
  draw("path", {d: path}, axis.svg);
  axis.label.textContent = day(view.from) + " UTC";
}

// Letters are taken as wide as they are at most, so that no label runs into the next.
function wide(words) { return words.length * 6.4 + 8; }

function drawLane(lane) {
  var svg = lane.svg, top = (ROW - BAR) / 2, last = {}, parts = [];
  lane.stale = false;
  svg.replaceChildren();
  var exists = lane.segments.length && lane.segments[0].begin <= view.from && lane.segments[lane.segments.length - 1].end >= view.to;
  if (!exists || lane.segments.length > 1) { draw("path", {d: "M0 " + ROW / 2 + "H" + view.width, "class": "none"}, svg); }
  lane.segments.forEach(function (each) {
    if (each.end < view.from || each.begin > view.to) { return; }
    var x = Math.max(toX(each.begin), 0), right = Math.min(toX(each.end), view.width), before = last[each.style];
    var least = each.look === "well" || each.look === "other" ? 1 : 3;
    right = Math.max(right, x + least);
    if (before && x - before.right < 1 && right - x < 4) { before.right = right; before.many += 1; return; }
    last[each.style] = {x: x, right: right, each: each, many: 1};
    parts.push(last[each.style]);
  });
  // What is not well is drawn last: a moment of it is seen however long the record is.
  parts.sort(function (a, b) { return weight(a.each.look) - weight(b.each.look); });
  parts.forEach(function (part) {
    draw("rect", {x: part.x.toFixed(2), y: top, width: (part.right - part.x).toFixed(2), height: BAR, "class": part.each.style}, svg);
    if (part.many === 1 && part.right - part.x > wide(part.each.word)) {
      draw("text", {x: (part.x + 4).toFixed(1), y: top + 11, "class": part.each.style}, svg, part.each.word);
    }
  });
  drawTicks(lane, svg, top);
}

function weight(look) { return ["well", "other", "shut", "unwell", "failed"].indexOf(look); }

// Changes of other attributes below, and where the object begins and ends.
function drawTicks(lane, svg, top) {
  var before = -9;
  lane.events.forEach(function (event) {
    if (event.at < view.from || event.at > view.to) { return; }
    var x = toX(event.at);
    if (event.status === "created" || event.status === "deleted") {
      var foot = event.status === "created" ? " 1h5" : " " + (ROW - 1) + "h-5";
      draw("path", {d: "M" + x.toFixed(1) + " 0V" + ROW + "M" + x.toFixed(1) + foot, "class": "cap"}, svg);
    } else if (x - before >= 2 && changedOther(lane, event)) {
      draw("rect", {x: (x - 1).toFixed(1), y: top + BAR - 4, width: 2, height: 6, "class": "tick"}, svg);
      before = x;
    }
  });
}

function changedOther(lane, event) {
  return event.changes.length && event.changes.every(function (change) { return lane.group.attributes.indexOf(change[0]) < 0; });
}

var LINES = 7;

// The first line in which nothing stands between x and right, of at most so many; -1 if there is none.
function place(used, x, right, most) {
  for (var at = 0; at < most; at += 1) {
    used[at] = used[at] || [];
    if (used[at].every(function (each) { return right + 4 <= each[0] || each[1] + 4 <= x; })) {
      used[at].push([x, right]);
      return at;
    }
  }
  return -1;
}

// Where the name of a task is written: in its bar, right or left of it; cut where it fits nowhere.
function labelOf(mark, x, right) {
  var words = sign(mark) + " " + mark.name, room = wide(words), inside = right - x >= room, after = view.width - right >= room;
  if (!inside && !after && x < room) {
    room = Math.max(right - x, view.width - right, x);
    words = words.slice(0, Math.max(0, Math.floor((room - 8) / 6.4) - 1)) + "\u2026";
    inside = room === right - x;
    after = room === view.width - right;
  }
  return {words: words, room: room, inside: inside, flip: !inside && !after};
}

// Each label in the first line in which it has room, what failed first. What finds none is a bar in a line of its own, its words in the panel.
function drawMarks(host) {
  if (!host.strip) { return; }
  var svg = host.strip.svg, used = [], placed = [], silent = [], gaps = [], height = 17;
  svg.replaceChildren();
  host.marks.filter(isFailed).concat(host.marks.filter(function (mark) { return !isFailed(mark); })).forEach(function (mark) {
    var end = mark.end === null ? mark.at : mark.end;
    if (end < view.from || mark.at > view.to) { return; }
    var x = Math.max(toX(mark.at), 0), right = Math.min(Math.max(toX(end), x + 3), view.width);
    var label = labelOf(mark, x, right), from = label.flip ? x - label.room : x, to = label.inside || label.flip ? right : right + label.room;
    var at = place(used, from, to, LINES);
    var where = {x: x, right: right, y: at * height + 2, words: label.words, flip: label.flip, inside: label.inside};
    if (at < 0) { silent.push(mark); Object.assign(where, {words: "", y: LINES * height + 2}); }
    placed.push([mark, where]);
  });
  placed.sort(function (a, b) { return a[0].at - b[0].at; }).forEach(function (each) { drawMark(each[0], svg, each[1]); });
  var top = used.filter(function (each) { return each.length; }).length + (silent.length ? 1 : 0);
  host.gaps.forEach(function (gap) { drawGapName(gap, svg, gaps, top * height + 13, height); });
  gaps = gaps.filter(function (each) { return each.length; });
  svg.setAttribute("height", Math.max(1, top + gaps.length) * height + 4);
  host.strip.label.textContent = !host.marks.length ? "" : silent.length ? "tasks (+" + silent.length + ")" : "tasks";
  host.strip.label.title = silent.length ? silent.length + " without a label, in the last line: zoom in" : "";
}

function isFailed(mark) { return mark.status === "failed" || mark.status === "unreachable"; }

function sign(mark) {
  if (mark.end === null) { return mark.status === "failed" ? "\u2716" : "\u25c6"; }
  return {ok: "\u2714", changed: "\u25cf", failed: "\u2716", unreachable: "\u2716", ignored: "!", skipped: "\u2013"}[mark.status] || "\u25c6";
}

function drawMark(mark, svg, where) {
  var failed = isFailed(mark);
  var found = draw("g", {"class": "mark " + (failed ? "failed" : mark.status), tabindex: 0, role: "img"}, svg);
  found.setAttribute("aria-label", markWords(mark));
  draw("title", {}, found, markWords(mark));
  draw("rect", {x: where.x.toFixed(1), y: where.y, width: (where.right - where.x).toFixed(1), height: 13}, found);
  if (where.words) {
    var x = where.inside ? where.x + 3 : where.flip ? where.x - 4 : where.right + 4;
    var label = draw("text", {x: x.toFixed(1), y: where.y + 10.5, "text-anchor": where.flip && !where.inside ? "end" : "start"}, found, where.words);
    if (failed && where.inside) { label.style.fill = "var(--unwell-ink)"; }
  }
  found.mark = mark;
}

function markWords(mark) {
  var length = mark.end === null ? "" : ", " + span(mark.end - mark.at);
  return mark.name + ": " + mark.status + " at " + clock(mark.at, 3) + length + (mark.action ? " (" + mark.action + ")" : "");
}

function drawGapName(gap, svg, used, top, height) {
  if (gap.end < view.from || gap.begin > view.to) { return; }
  var words = "gap " + span(gap.end - gap.begin) + (gap.open ? ", open" : "") + (gap.reason ? ": " + gap.reason : "");
  var x = Math.max(toX(gap.begin), 0), room = wide(words) + 10, flip = x + room > view.width, right = Math.min(toX(gap.end), view.width);
  var at = flip ? place(used, right - room, right, 3) : place(used, x, x + room, 3);
  var label = draw("text", {x: flip ? right : x, y: top + at * height, "text-anchor": flip ? "end" : "start", "class": "gapname"}, svg, at < 0 ? "" : words);
  draw("title", {}, label, words);
}

function drawOver(group) {
  group.over.replaceChildren();
  var sample = group.lanes[0];
  gapsOf(sample).forEach(function (gap) {
    if (gap.end < view.from || gap.begin > view.to) { return; }
    var x = toX(gap.begin), width = Math.max(toX(gap.end) - x, 4);
    draw("rect", {x: x.toFixed(1), y: 0, width: width.toFixed(1), height: "100%", "class": "gap"}, group.over);
  });
  group.host.marks.forEach(function (mark) {
    // A task that failed did so at its end.
    var failed = isFailed(mark), at = failed && mark.end !== null ? mark.end : mark.at;
    if (at < view.from || at > view.to) { return; }
    var x = toX(at).toFixed(1);
    draw("line", {x1: x, x2: x, y1: 0, y2: "100%", "class": "mark-line" + (failed ? " failed" : "")}, group.over);
  });
}

var axis = line("", 26), near = null, waiting = 0;
axis.element.id = "axis";

// Lanes out of sight are drawn when they come into it.
function redraw() {
  lanes.forEach(function (lane) { lane.stale = true; });
  if (!waiting) { waiting = requestAnimationFrame(drawAll); }
}

function drawAll() {
  waiting = 0;
  view.width = Math.max(axis.svg.getBoundingClientRect().width, 120);
  drawAxis();
  hosts.forEach(function (host) {
    drawMarks(host);
    host.groups.forEach(drawOver);
  });
  lanes.forEach(function (lane) { if (lane.near) { drawLane(lane); } });
  document.documentElement.style.setProperty("--top", document.getElementById("top").offsetHeight + "px");
}

function watch() {
  near = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      var lane = entry.target.lane;
      lane.near = entry.isIntersecting;
      if (lane.near && lane.stale) { drawLane(lane); }
    });
  }, {rootMargin: "400px"});
  lanes.forEach(function (lane) { near.observe(lane.row); });
}
