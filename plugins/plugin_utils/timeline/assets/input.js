/* Copyright (c) 2026, nxapi.events contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Pointer, keyboard, filter; and the frame is put together.

var pinned = null, chosen = {lane: null, at: 0}, drag = null;

var tools = make("div", {id: "tools"});
var filter = make("input", {id: "filter", type: "search", placeholder: "filter: eth1/7 down", "aria-label": "Filter the lanes by text", autocomplete: "off", spellcheck: "false"});
var shown = make("select", {id: "show", "aria-label": "Which lanes"});
[["all", "all lanes"], ["changed", "lanes that changed state"], ["worse", "lanes not as before"]].forEach(function (each) {
  shown.append(make("option", {value: each[0]}, each[1]));
});
var zooms = make("span", {id: "zoom"}), found = make("span", {id: "found", role: "status"});
[["\u2212", "Zoom out", function () { zoom(2, middle()); }], ["+", "Zoom in", function () { zoom(0.5, middle()); }],
  ["\u25c2", "Earlier", function () { pan(-0.5); }], ["\u25b8", "Later", function () { pan(0.5); }],
  ["All", "Show the whole time", function () { setView(0, LENGTH); }]].forEach(function (each) {
  var button = make("button", {type: "button", title: each[1], "aria-label": each[1]}, each[0]);
  button.addEventListener("click", each[2]);
  zooms.append(button);
});
tools.append(filter, shown, zooms, found, legend());

function middle() { return (view.from + view.to) / 2; }
function pan(part) { var by = (view.to - view.from) * part; setView(view.from + by, view.to + by); }

function matches(lane, words) {
  if (shown.value === "changed" && (lane.ended === "same" || lane.ended === "touched")) { return false; }
  if (shown.value === "worse" && lane.ended !== "worse" && lane.ended !== "gone") { return false; }
  return words.every(function (word) { return lane.haystack.indexOf(word) >= 0; });
}

function applyFilter() {
  var words = filter.value.toLowerCase().split(/\s+/).filter(Boolean), total = 0;
  hosts.forEach(function (host) {
    var some = false;
    host.groups.forEach(function (group) {
      var count = 0;
      group.lanes.forEach(function (lane) {
        lane.hidden = !matches(lane, words);
        lane.row.classList.toggle("hidden", lane.hidden);
        count += lane.hidden ? 0 : 1;
      });
      group.counter.textContent = count === group.lanes.length ? String(count) : count + " of " + group.lanes.length;
      group.element.classList.toggle("hidden", !count);
      some = some || count > 0;
      total += count;
    });
    host.element.classList.toggle("hidden", !some && host.groups.length > 0);
  });
  found.textContent = total === lanes.length ? "" : total ? total + " of " + lanes.length + " lanes" : "no lane is like that";
  firstRow();
  redraw();
}

function visible() { return lanes.filter(function (lane) { return !lane.hidden && !lane.group.closed; }); }

// One lane can be reached with the tabulator, the others from it with the arrows.
function firstRow() {
  var rows = visible(), at = rows.indexOf(chosen.lane) < 0 ? 0 : rows.indexOf(chosen.lane);
  lanes.forEach(function (lane) { lane.row.tabIndex = -1; });
  if (rows[at]) { rows[at].row.tabIndex = 0; }
}

var cursor = make("div", {id: "cursor", "class": "hidden"}), range = make("div", {id: "chosen-range", "class": "hidden"});

function choose(lane, at) {
  if (chosen.lane) { chosen.lane.row.classList.remove("chosen"); chosen.lane.row.removeAttribute("aria-selected"); }
  chosen = {lane: lane, at: at};
  lane.row.classList.add("chosen");
  lane.row.setAttribute("aria-selected", "true");
  var x = toX(at);
  cursor.classList.toggle("hidden", x < 0 || x > view.width);
  cursor.style.left = (axis.svg.getBoundingClientRect().left - axis.element.getBoundingClientRect().left + x) + "px";
  show(lane, at);
}

function pin(lane) {
  if (pinned) { pinned.row.classList.remove("pinned"); }
  pinned = lane;
  if (lane) { lane.row.classList.add("pinned"); }
}

function laneOf(target) { var row = target.closest && target.closest(".row"); return row ? row.lane : null; }
function pointed(event) { return toTime(event.clientX - axis.svg.getBoundingClientRect().left); }

function onMove(event) {
  if (drag) { onDrag(event); return; }
  var mark = event.target.closest && event.target.closest(".mark"), lane = laneOf(event.target);
  if (pinned) { return; }
  if (mark) { showMark(mark.mark); } else if (lane) { choose(lane, Math.min(Math.max(pointed(event), 0), LENGTH)); }
}

function onDown(event) {
  var inside = event.clientX >= axis.svg.getBoundingClientRect().left;
  if (event.button || !inside || !(laneOf(event.target) || event.target.closest("#axis"))) { return; }
  drag = {from: event.clientX, to: event.clientX, lane: laneOf(event.target)};
  if (drag.lane) { drag.lane.row.focus({preventScroll: true}); }
  event.preventDefault();
}

function onDrag(event) {
  drag.to = event.clientX;
  range.classList.toggle("hidden", Math.abs(drag.to - drag.from) < 4);
  range.style.left = Math.min(drag.from, drag.to) + "px";
  range.style.width = Math.abs(drag.to - drag.from) + "px";
}

function onUp(event) {
  if (!drag) { return; }
  var done = drag, left = axis.svg.getBoundingClientRect().left;
  drag = null;
  range.classList.add("hidden");
  if (Math.abs(done.to - done.from) >= 4) {
    setView(toTime(Math.min(done.from, done.to) - left), toTime(Math.max(done.from, done.to) - left));
  } else if (done.lane) {
    pin(pinned === done.lane ? null : done.lane);
    choose(done.lane, Math.min(Math.max(pointed(event), 0), LENGTH));
  }
}

function onWheel(event) {
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, pointed(event));
  } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    event.preventDefault();
    pan((event.deltaX || event.deltaY) / 1000);
  }
}

function go(lane, at) {
  lane.row.focus({preventScroll: true});
  lane.row.scrollIntoView({block: "nearest"});
  if (pinned) { pin(lane); }
  choose(lane, at);
  firstRow();
}

// The next moment at which something was said of the lane, in the direction; it is brought into view.
function step(lane, at, direction) {
  var times = [0].concat(lane.events.map(function (event) { return event.at; }), [LENGTH]);
  var after = times.filter(function (each) { return direction > 0 ? each > at : each < at; });
  var to = after.length ? after[direction > 0 ? 0 : after.length - 1] : at;
  if (to < view.from || to > view.to) { setView(to - (view.to - view.from) / 2, to + (view.to - view.from) / 2); }
  go(lane, to);
}

function onLaneKey(event, lane) {
  var rows = visible(), at = rows.indexOf(lane), here = chosen.lane === lane ? chosen.at : view.from;
  if (event.key === "ArrowDown" && rows[at + 1]) { go(rows[at + 1], here); }
  else if (event.key === "ArrowUp" && rows[at - 1]) { go(rows[at - 1], here); }
  else if (event.key === "ArrowRight") { step(lane, here, 1); }
  else if (event.key === "ArrowLeft") { step(lane, here, -1); }
  else if (event.key === "Home") { go(rows[0], here); }
  else if (event.key === "End") { go(rows[rows.length - 1], here); }
  else if (event.key === "Enter" || event.key === " ") { pin(pinned === lane ? null : lane); choose(lane, here); }
  else { return false; }
  return true;
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) { return; }
  var lane = laneOf(event.target), typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "Escape") { pin(null); if (typing) { filter.value = ""; applyFilter(); } return; }
  if (typing) { return; }
  var plain = {"+": function () { zoom(0.5, middle()); }, "-": function () { zoom(2, middle()); }, "0": function () { setView(0, LENGTH); },
    "[": function () { pan(-0.5); }, "]": function () { pan(0.5); }, "/": function () { filter.focus(); }};
  if (plain[event.key]) { plain[event.key](); event.preventDefault(); } else if (lane && onLaneKey(event, lane)) { event.preventDefault(); }
}

function begin() {
  document.documentElement.style.setProperty("--names", NAMES + "px");
  var page = make("main", {id: "page"}), chart = make("div", {id: "chart"}), top = make("div", {id: "top"});
  top.append(tools, axis.element);
  chart.append(top);
  hosts.forEach(function (host) { chart.append(buildHost(host)); });
  page.append(chart, panel);
  chart.append(cursor);
  document.body.append(patterns(), page, range);
  help();
  applyFilter();
  drawAll();
  watch();
  filter.addEventListener("input", applyFilter);
  shown.addEventListener("change", applyFilter);
  chart.addEventListener("pointermove", onMove);
  chart.addEventListener("pointerdown", onDown);
  chart.addEventListener("dblclick", function (event) { if (event.target.closest("#axis")) { setView(0, LENGTH); } });
  chart.addEventListener("wheel", onWheel, {passive: false});
  chart.addEventListener("focusin", function (event) {
    var mark = event.target.closest(".mark"), lane = laneOf(event.target);
    if (mark) { showMark(mark.mark); } else if (lane && !drag && chosen.lane !== lane) { choose(lane, view.from); }
  });
  document.addEventListener("pointerup", onUp);
  document.addEventListener("pointermove", function (event) { if (drag) { onDrag(event); } });
  document.addEventListener("keydown", onKey);
  window.addEventListener("resize", redraw);
  window.addEventListener("beforeprint", function () { drawAll(); lanes.forEach(drawLane); });
}

begin();
