// Helps to read what is long: a log that grows is followed as long as one reads its end, and a button copies an error.
(function () {
  "use strict";
  document.documentElement.classList.add("sch-scripted");
  // the last line may be cut in half (pixels)
  var NEAR = 24;
  var live = document.getElementById("scheduler-live");
  var reads_end = true;

  function followed() {
    return live && live.querySelector("[data-follow]");
  }

  function follow() {
    var log = followed();
    if (log && reads_end) {
      log.scrollTop = log.scrollHeight;
    }
  }

  if (live) {
    live.addEventListener("scroll", function (event) {
      var log = event.target;
      if (log === followed()) {
        reads_end = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
      }
    }, true);
    new MutationObserver(follow).observe(live, { childList: true, characterData: true, subtree: true });
    // of a run that has ended, one begins to read at the beginning
    reads_end = live.querySelector("[data-every]") !== null;
    follow();
  }

  function copied(text) {
    if (navigator.clipboard && window.isSecureContext) {
      return navigator.clipboard.writeText(text);
    }
    var field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.appendChild(field);
    field.select();
    var is_done = document.execCommand("copy");
    field.remove();
    return is_done ? Promise.resolve() : Promise.reject(new Error("not copied"));
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) {
      return;
    }
    var text = button.dataset.copy.trim().split(/\s+/).map(function (id) {
      var part = document.getElementById(id);
      return part ? part.textContent : "";
    }).join("");
    copied(text).then(function () {
      button.textContent = button.dataset.copied;
      button.focus();
    }, function () {
      // nothing is copied where the browser does not allow it; the text can be selected
    });
  });
})();
