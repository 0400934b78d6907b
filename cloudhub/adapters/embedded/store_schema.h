#pragma once

#include <array>
#include <string_view>

namespace edge::cloudhub::embedded {

/// Numbered from 1 (PRAGMA user_version); a published one is never edited.
inline constexpr std::array<std::string_view, 1> kStoreMigrations = {
    "CREATE TABLE object ("
    "  resource TEXT NOT NULL, ns TEXT NOT NULL, name TEXT NOT NULL,"
    "  revision INTEGER NOT NULL, bytes TEXT NOT NULL,"
    "  PRIMARY KEY (resource, ns, name)) WITHOUT ROWID;"
    "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT INTO counter VALUES ('revision', 1);",
};

}  // namespace edge::cloudhub::embedded
