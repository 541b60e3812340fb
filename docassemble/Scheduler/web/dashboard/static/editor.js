// Copies texts, leads to lines, and shows what a form would make while one types. Without it the pages work as they are.
(function () {
  "use strict";
  // so long after the last key the form is sent (milliseconds)
  var PAUSE = 400;

  function text_of(element) {
    return element.value === undefined ? element.textContent : element.value;
  }

  function select(element) {
    if (element.select) {
      element.select();
      return;
    }
    var range = document.createRange();
    range.selectNodeContents(element);
    window.getSelection().removeAllRanges();
    window.getSelection().addRange(range);
  }

  // pages of the scheduler replace parts of themselves, so the document listens
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (button) {
      copy(button, document.getElementById(button.dataset.copy));
      return;
    }
    var link = event.target.closest("[data-line]");
    var block = document.getElementById("sch-block");
    if (link && block) {
      event.preventDefault();
      lead(block, Number(link.dataset.line));
    }
  });

  function copy(button, source) {
    var said = button.textContent;
    function done() {
      button.textContent = button.dataset.copied;
      window.setTimeout(function () {
        button.textContent = said;
      }, 2000);
    }
    function by_hand() {
      select(source);
      if (document.execCommand("copy")) {
        done();
      }
    }
    // not on a page without https
    if (navigator.clipboard) {
      navigator.clipboard.writeText(text_of(source)).then(done, by_hand);
    } else {
      by_hand();
    }
  }

  function lead(block, number) {
    var lines = block.value.split("\n");
    var start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
    block.focus();
    block.setSelectionRange(start, start + (lines[number - 1] || "").length);
    block.scrollTop = Math.max(0, (block.scrollHeight / lines.length) * (number - 4));
    block.scrollIntoView({ block: "nearest" });
  }

  function preview(form) {
    var shown = document.getElementById(form.dataset.preview);
    var timer = null;
    var number = 0;

    function send() {
      var mine = number += 1;
      var fields = new FormData(form);
      var url = new URL(form.action);
      url.searchParams.set("part", "live");
      var options = { credentials: "same-origin", cache: "no-store", redirect: "manual" };
      if (form.method === "post") {
        options.method = "POST";
        options.body = fields;
      } else {
        fields.forEach(function (value, name) {
          url.searchParams.set(name, value);
        });
      }
      window.fetch(url, options).then(function (answer) {
        return answer.ok ? answer.text() : null;
      }).then(function (text) {
        // of several answers the last one that was asked for counts
        if (text !== null && mine === number) {
          shown.innerHTML = text;
          errors_gone(form);
        }
      }).catch(function () {
        // what is shown stays; the button says what is wrong
      });
    }

    form.addEventListener("input", function () {
      window.clearTimeout(timer);
      timer = window.setTimeout(send, PAUSE);
    });
  }

  function errors_gone(form) {
    form.querySelectorAll("[data-error-of]").forEach(function (error) {
      error.textContent = "";
    });
  }

  // a field that is typed into is the way that counts
  function ways(form) {
    form.querySelectorAll("[data-way]").forEach(function (fields) {
      fields.addEventListener("input", function () {
        var choice = form.querySelector('input[name="way"][value="' + fields.dataset.way + '"]');
        choice.checked = true;
      });
    });
  }

  document.querySelectorAll("[data-copy]").forEach(function (button) {
    button.hidden = false;
  });
  // an address that names a job leads to its line
  var asked = document.getElementById("sch-lead");
  if (asked) {
    asked.click();
  }
  if (window.fetch) {
    document.querySelectorAll("form[data-preview]").forEach(function (form) {
      ways(form);
      preview(form);
    });
  }
})();
