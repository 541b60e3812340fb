// The overview: ticks for several jobs, folded groups, the key for the search, the timeline by keyboard, and the way back.
(function () {
  "use strict";
  var root = document.getElementById("scheduler");
  var live = document.getElementById("scheduler-live");
  if (!root || !live) {
    return;
  }

  function all(selector, inside) {
    return Array.from((inside || live).querySelectorAll(selector));
  }

  // --- what is ticked: of what is shown, not of folded groups ------------------------------------------

  function boxes() {
    return all(".sch-tick-box").filter(function (box) {
      return !box.closest("tbody").hidden;
    });
  }

  function count() {
    var head = document.getElementById("sch-all");
    var bar = live.querySelector("#sch-selected output");
    if (!head || !bar) {
      return;
    }
    var ticked = all(".sch-tick-box").filter(function (box) { return box.checked; }).length;
    head.hidden = false;
    head.checked = ticked > 0 && boxes().every(function (box) { return box.checked; });
    head.indeterminate = ticked > 0 && !head.checked;
    if (bar.textContent !== String(ticked)) {
      bar.textContent = String(ticked);
    }
  }

  live.addEventListener("change", function (event) {
    if (event.target.id === "sch-all") {
      var is_checked = event.target.checked;
      boxes().forEach(function (box) { box.checked = is_checked; });
    }
    count();
  });

  // --- groups: what is folded stays so while the tab is open -------------------------------------------

  function remembered() {
    try {
      return JSON.parse(window.sessionStorage.getItem("scheduler-folded")) || {};
    } catch (_error) {
      return {};
    }
  }

  function remember(name, value) {
    try {
      window.sessionStorage.setItem(name, value);
    } catch (_error) {
      // the browser keeps nothing
    }
  }

  function fold() {
    var folded = remembered();
    all(".sch-fold").forEach(function (button) {
      var is_folded = Boolean(folded[button.dataset.fold]);
      button.setAttribute("aria-expanded", String(!is_folded));
      button.closest("tbody").nextElementSibling.hidden = is_folded;
    });
  }

  live.addEventListener("click", function (event) {
    var button = event.target.closest(".sch-fold");
    if (!button) {
      return;
    }
    var folded = remembered();
    folded[button.dataset.fold] = !folded[button.dataset.fold];
    remember("scheduler-folded", JSON.stringify(folded));
    fold();
    count();
  });

  // --- the timeline ------------------------------------------------------------------------------------

  var STEPS = { ArrowLeft: -1, ArrowRight: 1 };
  var LINES = { ArrowUp: "previousElementSibling", ArrowDown: "nextElementSibling" };

  function place(link) {
    return link.getBoundingClientRect().left;
  }

  live.addEventListener("keydown", function (event) {
    var link = event.target.closest(".sch-tl tbody a");
    if (!link || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    var row = link.closest("tr");
    var links = all("a", row).sort(function (one, other) { return place(one) - place(other); });
    var next = null;
    if (event.key in STEPS) {
      next = links[links.indexOf(link) + STEPS[event.key]];
    } else if (event.key in LINES && row[LINES[event.key]]) {
      next = row[LINES[event.key]].querySelector("a");
    }
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });

  function tell() {
    var said = document.getElementById("sch-said");
    if (said) {
      var link = document.activeElement.closest(".sch-tl svg a");
      said.textContent = link ? link.getAttribute("aria-label") : "";
      said.hidden = !link;
    }
  }

  live.addEventListener("focusin", tell);

  function to_now() {
    var frame = live.querySelector(".sch-tl-scroll");
    if (frame && frame.scrollWidth > frame.clientWidth) {
      var head = frame.querySelector("th").offsetWidth;
      frame.scrollLeft = (frame.scrollWidth - head) / 2 - (frame.clientWidth - head) * 0.7;
    }
  }

  // --- the search, and the way back ----------------------------------------------------------------------

  document.addEventListener("keydown", function (event) {
    var search = document.getElementById("sch-q");
    if (event.key === "/" && search && !event.target.closest("input, textarea, select, [contenteditable]")) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  document.addEventListener("scheduler:shown", function () {
    fold();
    count();
    tell();
  });
  remember("scheduler-filter", window.location.search);
  fold();
  count();
  to_now();
})();
