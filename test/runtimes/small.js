// biome-ignore-all lint: this is ES5, as the engine has it
// For an engine of ES5 with little room: as much of ES2015 and later as a session needs, in a fraction of core-js's.
// An entry deleted while somebody iterates is not met any more, one that is added is; an object is looked for in turn.
(function (global) {
  function Map(entries) {
    this.clear();
    (entries || []).forEach(function (entry) {
      this.set(entry[0], entry[1]);
    }, this);
  }
  Map.prototype = {
    find: function (key) {
      if (typeof key !== 'object') return this.index[typeof key + key];
      var entry = this.head.next;
      while (entry.key !== key && entry !== this.head) entry = entry.next;
      return entry === this.head ? undefined : entry;
    },
    get: function (key) {
      var entry = this.find(key);
      return entry && entry.value;
    },
    has: function (key) {
      return this.find(key) !== undefined;
    },
    set: function (key, value) {
      var entry = this.find(key);
      if (entry === undefined) {
        var head = this.head;
        entry = { key: key, previous: head.previous, next: head };
        head.previous = head.previous.next = entry;
        if (typeof key !== 'object') this.index[typeof key + key] = entry;
        this.size += 1;
      }
      entry.value = value;
      return this;
    },
    delete: function (key) {
      var entry = this.find(key);
      if (entry === undefined) return false;
      entry.previous.next = entry.next;
      entry.next.previous = entry.previous;
      entry.isGone = true; // and still knows what was before it
      if (typeof key !== 'object') delete this.index[typeof key + key];
      this.size -= 1;
      return true;
    },
    clear: function () {
      for (var entry = this.head && this.head.next; entry && entry !== this.head; entry = entry.next)
        entry.isGone = true;
      this.index = {};
      this.size = 0;
      this.head = this.head || {};
      this.head.next = this.head.previous = this.head;
    },
    entries: function () {
      return walk(this.head, function (entry) {
        return [entry.key, entry.value];
      });
    },
    keys: function () {
      return walk(this.head, function (entry) {
        return entry.key;
      });
    },
    values: function () {
      return walk(this.head, function (entry) {
        return entry.value;
      });
    },
  };
  Map.prototype[Symbol.iterator] = Map.prototype.entries;

  function walk(head, show) {
    var at = head;
    var iterator = {
      next: function () {
        while (at.isGone) at = at.previous;
        at = at.next;
        return at === head ? { done: true, value: undefined } : { done: false, value: show(at) };
      },
    };
    iterator[Symbol.iterator] = function () {
      return iterator;
    };
    return iterator;
  }

  function Set(values) {
    this.clear();
    (values || []).forEach(this.add, this);
  }
  Set.prototype = Object.create(Map.prototype);
  Set.prototype.add = function (value) {
    return this.set(value, value);
  };
  Set.prototype[Symbol.iterator] = Map.prototype.keys;

  global.Map = Map;
  global.Set = Set;
  Array.prototype.flatMap = function (act) {
    return Array.prototype.concat.apply([], this.map(act));
  };
  Array.from = function (iterable) {
    var all = [];
    var iterator = iterable[Symbol.iterator]();
    for (var next = iterator.next(); !next.done; next = iterator.next()) all.push(next.value);
    return all;
  };
})(this);
