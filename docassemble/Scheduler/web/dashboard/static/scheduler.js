// Keeps a page of the scheduler up to date: asks what of its live part has changed and changes only that,
// so that focus, selection, scrolling and what is folded open stay. Without it the pages work as they are.
(function () {
  "use strict";
  var root = document.getElementById("scheduler");
  if (!root || !window.fetch) {
    return;
  }
  var pressed = null;

  // --- how long ago: in the language of the page, by the clock of the server -------------------------

  var skew = root.dataset.now ? Date.parse(root.dataset.now) - Date.now() : 0;
  if (Math.abs(skew) < 2000) {
    skew = 0;
  }
  var words = formats("always");
  var soon = formats("auto");

  function formats(numeric) {
    try {
      return new Intl.RelativeTimeFormat(root.dataset.language || "en", { numeric: numeric });
    } catch (_error) {  // a language that no browser knows
      return null;
    }
  }

  function relative(milliseconds) {
    var fitting = in_its_unit(milliseconds);
    return (fitting.number === 0 ? soon : words).format(fitting.number, fitting.unit);
  }

  function elapsed(milliseconds) {
    var fitting = in_its_unit(Math.max(milliseconds, 0));
    var options = { style: "unit", unit: fitting.unit, unitDisplay: "long" };
    return new Intl.NumberFormat(root.dataset.language || "en", options).format(fitting.number);
  }

  function in_its_unit(milliseconds) {
    var seconds = Math.round(milliseconds / 1000);
    var size = Math.abs(seconds);
    if (size < 60) {
      return { number: seconds, unit: "second" };
    }
    if (Math.round(size / 60) < 60) {
      return { number: Math.round(seconds / 60), unit: "minute" };
    }
    if (Math.round(size / 3600) < 24) {
      return { number: Math.round(seconds / 3600), unit: "hour" };
    }
    return { number: Math.round(seconds / 86400), unit: "day" };
  }

  function tick() {
    if (!words || !soon || document.hidden) {
      return;
    }
    var now = Date.now() + skew;
    root.querySelectorAll("time[datetime] > .sch-relative").forEach(function (place) {
      write(place, relative(Date.parse(place.parentNode.getAttribute("datetime")) - now));
    });
    root.querySelectorAll("time[datetime] > .sch-elapsed").forEach(function (place) {
      write(place, elapsed(now - Date.parse(place.parentNode.getAttribute("datetime"))));
    });
  }

  function write(place, text) {
    if (place.textContent !== text) {
      place.textContent = text;
    }
  }

  tick();
  window.setInterval(tick, 1000);

  // --- a button that was pressed ---------------------------------------------------------------------

  // The server is asked for a sign of life first: without it, the browser would leave the page for its own about errors.
  var unsent = document.getElementById("scheduler-unsent");
  document.addEventListener("submit", function (event) {
    var form = event.target;
    var button = event.submitter;
    if (event.defaultPrevented || form.method !== "post" || !root.contains(form) || !form.requestSubmit) {
      return;
    }
    if (pressed && pressed.answered) {
      return;  // on its way
    }
    event.preventDefault();
    if (pressed) {
      return;  // a second click
    }
    pressed = { button: button, answered: false };
    busy(button, true);
    unsent.hidden = true;
    var limit = new AbortController();
    var timeout = window.setTimeout(function () { limit.abort(); }, 10000);
    window.fetch(root.dataset.alive, { method: "HEAD", cache: "no-store", signal: limit.signal }).then(function (answer) {
      if (answer.status >= 500) {
        throw new Error("status " + answer.status);
      }
      pressed.answered = true;
      form.requestSubmit(button && button.isConnected ? button : undefined);
    }).catch(function () {
      release();
      unsent.hidden = false;
      unsent.scrollIntoView({ block: "nearest" });
    }).finally(function () {
      window.clearTimeout(timeout);
    });
  });

  function busy(button, is_busy) {
    if (button) {
      button.classList.toggle("sch-busy-button", is_busy);
      button.setAttribute("aria-busy", String(is_busy));
    }
  }

  function release() {
    if (pressed) {
      busy(pressed.button, false);
      pressed = null;
    }
  }

  window.addEventListener("pageshow", release);  // the browser has kept the page, and goes back to it

  // --- the way back to all jobs, as they were shown last --------------------------------------------------

  if (root.dataset.overview && window.location.pathname !== root.dataset.overview) {
    root.querySelectorAll('a[href="' + root.dataset.overview + '"]').forEach(function (link) {
      try {
        link.search = window.sessionStorage.getItem("scheduler-filter") || "";
      } catch (_error) {
        // the browser keeps nothing
      }
    });
  }

  // --- refreshes -------------------------------------------------------------------------------------

  var live = document.getElementById("scheduler-live");
  var lost = document.getElementById("scheduler-lost");
  var hold = document.getElementById("scheduler-hold");
  if (!live || !lost) {
    return;
  }
  // while the server or its database does not answer, each wait is twice as long as the one before, up to this
  var SLOWEST = 60000;
  // after so many answers that nothing has changed, the waits are twice as long, and then four times
  var QUIET = 12;
  var timer = null;
  var etag = null;
  var unchanged = 0;
  var pause = 0;
  var is_asking = false;
  // whether all rows that the server has left out were here
  var is_whole = true;

  // a part may want to be asked for more often (seconds)
  function every() {
    var wanted = live.querySelector("[data-every]");
    var seconds = Number(wanted && wanted.dataset.every) || 5;
    return 1000 * seconds * (unchanged < QUIET ? 1 : unchanged < 3 * QUIET ? 2 : 4);
  }

  function is_held() {
    return document.hidden || (hold && hold.getAttribute("aria-pressed") === "true");
  }

  function wait() {
    window.clearTimeout(timer);
    timer = is_held() ? null : window.setTimeout(refresh, Math.max(pause, every()));
  }

  function wait_longer(text) {
    say(text);
    pause = Math.min(2 * Math.max(pause, every()), SLOWEST);
    wait();
  }

  function say(text) {
    lost.textContent = text || "";
    lost.hidden = !text;
  }

  function rows() {
    return Array.from(live.querySelectorAll("tr[data-digest]"), function (row) {
      return row.dataset.digest;
    }).slice(0, 1000).join(",");
  }

  function refresh() {
    if (is_asking) {
      return;
    }
    is_asking = true;
    var url = new URL(window.location.href);
    url.searchParams.set("part", "live");
    var headers = { "X-Scheduler-Rows": rows() };
    if (etag) {
      headers["If-None-Match"] = etag;
    }
    window.fetch(url, { redirect: "manual", credentials: "same-origin", cache: "no-store", headers: headers }).then(function (answer) {
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        say(lost.dataset.ended);
        return null;
      }
      if (answer.status === 503) {
        wait_longer(lost.dataset.slow);
        return null;
      }
      if (answer.status === 304) {
        return all_is_well(null);
      }
      if (!answer.ok) {
        throw new Error("status " + answer.status);
      }
      return answer.text().then(function (text) {
        all_is_well(text, answer.headers.get("ETag"));
      });
    }).catch(function () {
      wait_longer(lost.dataset.away);
    }).finally(function () {
      is_asking = false;
    });
  }

  function all_is_well(text, tag) {
    say("");
    pause = 0;
    unchanged = text === null ? unchanged + 1 : 0;
    if (text !== null && !pressed) {
      is_whole = true;
      show(text);
      etag = is_whole ? tag : null;
    }
    wait();
  }

  function show(text) {
    var fresh = document.createElement("template");
    fresh.innerHTML = text;
    place(fresh.content);
    children(live, fresh.content);
    tick();
    document.dispatchEvent(new CustomEvent("scheduler:shown"));
  }

  // what stands outside of the live part, and changes too
  function place(fresh) {
    fresh.querySelectorAll("[data-place]").forEach(function (part) {
      var there = document.getElementById(part.dataset.place);
      part.remove();
      if (there) {
        children(there, part);
      }
    });
  }

  function key(node) {
    return node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null;
  }

  function alike(one, other) {
    return one.nodeType === other.nodeType && one.nodeName === other.nodeName && key(one) === key(other);
  }

  function children(old, fresh) {
    var wanted = Array.from(fresh.childNodes);
    var keyed = new Map();
    Array.from(old.childNodes).forEach(function (node) {
      if (key(node) !== null) {
        keyed.set(node.nodeName + " " + key(node), node);
      }
    });
    wanted.forEach(function (child, index) {
      var present = old.childNodes[index];
      if (present && alike(present, child)) {
        change(present, child);
        return;
      }
      var same = key(child) === null ? null : keyed.get(child.nodeName + " " + key(child));
      if (same && same.parentNode === old) {
        change(same, child);
      }
      if (!same && child.nodeType === Node.ELEMENT_NODE && child.hasAttribute("data-same")) {
        is_whole = false;
        child.removeAttribute("data-digest");
      }
      old.insertBefore(same || child, present || null);
    });
    while (old.childNodes.length > wanted.length) {
      old.removeChild(old.lastChild);
    }
  }

  function change(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) {
        old.nodeValue = fresh.nodeValue;
      }
      return;
    }
    if (fresh.hasAttribute("data-same")) {
      return;
    }
    Array.from(old.attributes).forEach(function (attribute) {
      if (!fresh.hasAttribute(attribute.name) && !isOfTheReader(old, attribute.name)) {
        old.removeAttribute(attribute.name);
      }
    });
    Array.from(fresh.attributes).forEach(function (attribute) {
      if (old.getAttribute(attribute.name) !== attribute.value && !isOfTheReader(old, attribute.name)) {
        old.setAttribute(attribute.name, attribute.value);
      }
    });
    children(old, fresh);
  }

  // what the reader has folded open or closed, or ticked, stays so
  function isOfTheReader(node, name) {
    return (node.nodeName === "DETAILS" && name === "open") || (node.nodeName === "INPUT" && node.type === "checkbox");
  }

  document.addEventListener("visibilitychange", function () {
    if (!is_held() && lost.textContent !== lost.dataset.ended) {
      tick();
      refresh();
    } else {
      window.clearTimeout(timer);
    }
  });
  if (hold) {
    hold.hidden = false;
    hold.addEventListener("click", function () {
      hold.setAttribute("aria-pressed", String(hold.getAttribute("aria-pressed") !== "true"));
      unchanged = 0;
      if (is_held()) {
        window.clearTimeout(timer);
      } else {
        refresh();
      }
    });
  }
  wait();
})();
