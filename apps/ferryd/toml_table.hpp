// Reads a TOML table by a list of keys: each row says what may stand there, and puts it where it belongs. What is
// unknown, of the wrong kind or out of range becomes a mistake at its place, and reading goes on.
#pragma once

// The parser stands in the program itself, and answers with values.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ferryd/config.hpp"
#include "shared/nearest.hpp"

namespace ferry::ferryd {

class table_reader {
 public:
  void wrong(const toml::source_region& where, std::string text) {
    mistakes.push_back({where.begin.line, where.begin.column, std::move(text)});
  }
  void warn(const toml::source_region& where, std::string text) {
    warnings.push_back({where.begin.line, where.begin.column, std::move(text)});
  }

  std::vector<mistake> mistakes, warnings;
  // Where a key stood, for mistakes that only two keys together make.
  std::map<std::string, toml::source_region> places;
};

// What is wrong with a value: nothing (it was taken), words, or no words where the value itself says it all.
using verdict = std::optional<std::string>;
inline const verdict taken = std::nullopt;

template <class T>
struct key {
  std::string_view name;
  std::string expected;
  std::function<verdict(table_reader&, T& into, const toml::node& from, const std::string& where)> take;
  bool required = false;
  std::function<void(std::vector<key_description>&, const std::string& where)> describe_below = {};
};

template <class T>
key<T> required(key<T> row) {
  row.required = true;
  return row;
}

// "users.name": how a mistake names a key.
inline std::string below(const std::string& where, std::string_view name) {
  return where.empty() ? std::string(name) : where + "." + std::string(name);
}

inline std::string show(const toml::node& from) {
  if (auto number = from.value_exact<std::int64_t>()) return fmt::format("is {}", *number);
  if (auto text = from.value_exact<std::string>()) return fmt::format("is \"{}\"", *text);
  if (auto flag = from.value_exact<bool>()) return *flag ? "is true" : "is false";
  if (from.is_array()) return "is a list";
  if (from.is_table()) return "is a table";
  return "is a date or a fraction";
}

// "threads is 7; expected ...", "listen: \"x\" is no address; expected ..."
inline std::string complaint(const std::string& where, const toml::node& from, const std::string& words,
                             std::string_view expected) {
  auto what = words.empty() ? show(from) : words;
  return fmt::format("{}{}{}; expected {}", where, what.starts_with(':') ? "" : " ", what, expected);
}

template <class T>
void read_table(table_reader& reader, T& into, const std::vector<key<T>>& keys, const toml::table& from,
                const std::string& where) {
  for (const auto& [name, node] : from) {
    auto full = below(where, name.str());
    reader.places[full] = name.source();
    auto row = std::ranges::find(keys, name.str(), &key<T>::name);
    if (row == keys.end()) {
      std::vector<std::string_view> known(keys.size());
      std::ranges::transform(keys, known.begin(), &key<T>::name);
      auto meant = shared::nearest(name.str(), known);
      auto hint = meant.empty() ? fmt::format("expected one of {}", fmt::join(known, ", "))
                                : fmt::format("did you mean {}?", below(where, meant));
      reader.wrong(name.source(), fmt::format("unknown key {}; {}", full, hint));
    } else if (auto problem = row->take(reader, into, node, full)) {
      reader.wrong(node.source(), complaint(full, node, *problem, row->expected));
    }
  }
  for (const auto& each : keys) {
    if (each.required && !from.contains(each.name)) {
      reader.wrong(from.source(), fmt::format("{} is missing; expected {}", below(where, each.name), each.expected));
    }
  }
}

template <class V>
constexpr std::string_view unit_of() {
  if constexpr (std::is_same_v<V, std::chrono::seconds>) return "seconds, ";
  if constexpr (std::is_same_v<V, std::chrono::milliseconds>) return "milliseconds, ";
  return "";
}

// A whole number, or a duration in its own unit. `field` is a member, or a function that finds it.
template <class T, class Field>
key<T> whole(std::string_view name, Field field, std::int64_t least, std::int64_t most) {
  using value = std::remove_cvref_t<std::invoke_result_t<Field, T&>>;
  return {name, fmt::format("{}{} to {}", unit_of<value>(), least, most),
          [=](table_reader&, T& into, const toml::node& from, const std::string&) -> verdict {
            auto number = from.value_exact<std::int64_t>();
            if (!number || *number < least || *number > most) return "";
            std::invoke(field, into) = value(*number);
            return taken;
          }};
}

template <class T, class Field>
key<T> flag(std::string_view name, Field field) {
  return {name, "true or false", [=](table_reader&, T& into, const toml::node& from, const std::string&) -> verdict {
            auto value = from.value_exact<bool>();
            if (!value) return "";
            std::invoke(field, into) = *value;
            return taken;
          }};
}

// A text, by a function that takes it: verdict(T& into, const std::string& text).
template <class T, class Take>
key<T> text(std::string_view name, std::string expected, Take take) {
  return {name, std::move(expected),
          [=](table_reader&, T& into, const toml::node& from, const std::string&) -> verdict {
            auto value = from.value_exact<std::string>();
            return value ? take(into, *value) : "";
          }};
}

// A text that parse() makes a value of, for put(T& into, value).
template <class T, class Parse, class Put>
key<T> parsed(std::string_view name, std::string expected, Parse parse, Put put) {
  return text<T>(name, std::move(expected), [=](T& into, const std::string& value) -> verdict {
    auto got = parse(value);
    if (!got) return ": " + got.error().cause;
    put(into, std::move(*got));
    return taken;
  });
}

// A list of texts, each taken by take(T& into, const std::string& text).
template <class T, class Take>
key<T> texts(std::string_view name, std::string expected, Take take) {
  return {name, expected,
          [=](table_reader& reader, T& into, const toml::node& from, const std::string& where) -> verdict {
            const auto* list = from.as_array();
            if (!list) return "";
            for (const auto& each : *list) {
              auto value = each.value_exact<std::string>();
              auto problem = value ? take(into, *value) : verdict("");
              if (problem) reader.wrong(each.source(), complaint(where, each, *problem, expected));
            }
            return taken;
          }};
}

template <class U>
void describe_keys(std::vector<key_description>& out, const std::vector<key<U>>& keys, const std::string& where) {
  for (const auto& each : keys) {
    out.push_back({where, std::string(each.name), each.expected, each.required});
    if (each.describe_below) each.describe_below(out, below(where, each.name));
  }
}

// A table below. `field` gives what it is read into.
template <class T, class Field, class U>
key<T> table(std::string_view name, Field field, const std::vector<key<U>>& (*keys)()) {
  return {name, fmt::format("a table: [{}]", name),
          [=](table_reader& reader, T& into, const toml::node& from, const std::string& where) -> verdict {
            const auto* inner = from.as_table();
            if (!inner) return "";
            read_table(reader, std::invoke(field, into), keys(), *inner, where);
            return taken;
          },
          false, [=](auto& out, const auto& where) { describe_keys(out, keys(), where); }};
}

// A list of tables, each read into a copy of `fresh`. No two may give the key `unique` (empty: none) the same value,
// which id() finds. `look` sees what the keys of one make together.
template <class T, class Field, class U, class Id>
key<T> tables(
    std::string_view name, std::string expected, Field field, const std::vector<key<U>>& (*keys)(),
    std::string_view unique, Id id, U fresh = {},
    void (*look)(table_reader&, const U&, const toml::table&) = [](auto&, auto&, auto&) {}) {
  return {name, std::move(expected),
          [=](table_reader& reader, T& into, const toml::node& from, const std::string& where) -> verdict {
            const auto* list = from.as_array();
            if (!list) return "";
            std::map<std::string, toml::source_index> seen;
            for (const auto& each : *list) {
              const auto* inner = each.as_table();
              if (!inner) {
                reader.wrong(each.source(), complaint(where, each, "", "a table"));
                continue;
              }
              U one = fresh;
              read_table(reader, one, keys(), *inner, where);
              look(reader, one, *inner);
              if (const auto* named = inner->get(unique)) {
                auto line = named->source().begin.line;
                auto [first, once] = seen.try_emplace(std::string(id(one)), line);
                if (!once) {
                  reader.wrong(named->source(),
                               fmt::format("{} {} and stands in line {} already; expected each only once",
                                           below(where, unique), show(*named), first->second));
                }
              }
              std::invoke(field, into).push_back(std::move(one));
            }
            return taken;
          },
          false, [=](auto& out, const auto& where) { describe_keys(out, keys(), where); }};
}

}  // namespace ferry::ferryd
