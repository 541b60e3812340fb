// Keeps a page of the scheduler up to date: fetches its live part and changes only what is different,
// so that focus, selection, scrolling and what is folded open stay. Without it the pages work as they are.
(function () {
  "use strict";
  var EVERY = 5000;
  // while the server or its database does not answer, each wait is twice as long as the one before, up to this
  var SLOWEST = 60000;
  var live = document.getElementById("scheduler-live");
  var lost = document.getElementById("scheduler-lost");
  if (!live || !lost || !window.fetch) {
    return;
  }
  var timer = null;
  var before = null;
  var pause = every();

  // a part may want to be asked for more often (seconds)
  function every() {
    var wanted = live.querySelector("[data-every]");
    return wanted ? 1000 * wanted.dataset.every : EVERY;
  }

  function wait() {
    window.clearTimeout(timer);
    timer = document.hidden ? null : window.setTimeout(refresh, pause);
  }

  function wait_longer(text) {
    say(text);
    pause = Math.min(2 * pause, SLOWEST);
    wait();
  }

  function say(text) {
    lost.textContent = text || "";
    lost.hidden = !text;
  }

  function refresh() {
    var url = new URL(window.location.href);
    url.searchParams.set("part", "live");
    window.fetch(url, { redirect: "manual", credentials: "same-origin", cache: "no-store" }).then(function (answer) {
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
        say(lost.dataset.ended);
        return null;
      }
      if (answer.status === 503) {
        wait_longer(lost.dataset.slow);
        return null;
      }
      if (!answer.ok) {
        throw new Error("status " + answer.status);
      }
      return answer.text().then(function (text) {
        say("");
        if (text !== before) {
          before = text;
          show(text);
        }
        pause = every();
        wait();
      });
    }).catch(function () {
      wait_longer(lost.dataset.away);
    });
  }

  function show(text) {
    var fresh = document.createElement("template");
    fresh.innerHTML = text;
    children(live, fresh.content);
  }

  function key(node) {
    return node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null;
  }

  function alike(one, other) {
    return one.nodeType === other.nodeType && one.nodeName === other.nodeName && key(one) === key(other);
  }

  function children(old, fresh) {
    var wanted = Array.from(fresh.childNodes);
    wanted.forEach(function (child, index) {
      var present = old.childNodes[index];
      if (present && alike(present, child)) {
        change(present, child);
        return;
      }
      var same = key(child) === null ? null : Array.from(old.childNodes).slice(index).find(function (node) {
        return alike(node, child);
      });
      if (same) {
        change(same, child);
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

  // what the reader has folded open or closed stays so
  function isOfTheReader(node, name) {
    return node.nodeName === "DETAILS" && name === "open";
  }

  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && lost.textContent !== lost.dataset.ended) {
      refresh();
    } else {
      window.clearTimeout(timer);
    }
  });
  wait();
})();
