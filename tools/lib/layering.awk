# Reads "file:line:#include ..." lines; the rules come from the file named by `rules`.
function under(path, folder) { return path == folder || index(path, folder "/") == 1 }

# "a/*" covers all below a; "grpc*" all that begins so.
function matches(name, pattern) {
  if (pattern ~ /\*$/) return index(name, substr(pattern, 1, length(pattern) - 1)) == 1
  return name == pattern
}

# The folder with the adapter's name in a path, "x/adapters/cri", or "".
function adapter_of(path) { return match(path, /^.*adapters\/[^\/]+\//) ? substr(path, 1, RLENGTH) : "" }

function complain(why) { print file ":" line ": includes " shown ": " why; ++bad }

function is_pure(path, i, part) {
  for (i = 1; i <= pure_count; ++i) {
    part = pure[i]
    if (part ~ /^\*\//) { if (index("/" path, substr(part, 2) "/") > 0) return 1 }
    else if (under(path, part)) return 1
  }
  return 0
}

function check_own(name, rule, best, n, i, allowed) {
  if (name ~ /(^|\/)\.\.?\//) return complain("write the path from the top")
  if (adapter_of(name) != "" && adapter_of(name) != adapter_of(file) && file !~ /(^|\/)main\.cpp$/)
    return complain("only a main.cpp names an adapter of another folder")
  best = ""
  for (rule in may) if (under(file, rule) && length(rule) > length(best)) best = rule
  if (best == "") return complain("no rule in tools/lib/layering.txt for this folder")
  n = split(may[best], allowed, " ")
  for (i = 1; i <= n; ++i) if (under(name, allowed[i])) return
  complain(best " may include " may[best] " only")
}

function check_system(name, i, n, folders, pattern) {
  if (is_pure(file)) for (i = 1; i <= impure_count; ++i)
    if (matches(name, impure[i])) return complain("core/, ports/, sync/ and kube/ are pure")
  for (pattern in uses) if (matches(name, pattern)) {
    n = split(uses[pattern], folders, " ")
    for (i = 1; i <= n; ++i) if (under(file, folders[i])) {
      if (is_pure(file)) return complain("core/, ports/, sync/ and kube/ use no library but JSON")
      return
    }
    return complain("only " uses[pattern] " may use this library")
  }
}

BEGIN {
  while ((getline text < rules) > 0) {
    sub(/#.*/, "", text)
    if (text ~ /^[ \t]*$/) continue
    n = split(text, words, /[ \t]+/)
    if (words[1] == "pure") for (i = 2; i <= n; ++i) { if (words[i] != "") pure[++pure_count] = words[i] }
    else if (words[1] == "impure") for (i = 2; i <= n; ++i) { if (words[i] != "") impure[++impure_count] = words[i] }
    else {
      split(text, sides, /[ \t]*:[ \t]*/)
      sub(/[ \t]+$/, "", sides[2])
      if (words[1] == "uses") uses[words[2]] = sides[2]
      else may[words[1]] = sides[2]
    }
  }
}

{
  match($0, /^[^:]+/); file = substr($0, 1, RLENGTH)
  rest = substr($0, RLENGTH + 2)
  line = rest; sub(/:.*/, "", line)
  if (!match(rest, /["<][^">]+[">]/)) next
  shown = substr(rest, RSTART, RLENGTH)
  name = substr(shown, 2, length(shown) - 2)
  if (substr(shown, 1, 1) == "<") check_system(name)
  else if (index(name, "/") > 0) check_own(name)
  else complain("write the path from the top")
  ++seen
}

END {
  if (bad > 0) { print bad " include(s) cross a wall; the rules are in tools/lib/layering.txt"; exit 1 }
  print seen " includes keep to the walls"
}
