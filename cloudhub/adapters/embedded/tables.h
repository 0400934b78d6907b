#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/json.h"
#include "kube/resources.h"

namespace edge::cloudhub::embedded {

struct TableOptions {
  std::string version = "v1";               ///< of meta.k8s.io: v1 or v1beta1
  std::string include_object = "Metadata";  ///< None, Metadata or Object
};

/// metav1.Table: what `kubectl get` prints, with the columns and cells of the API server. Kinds
/// without columns of their own get NAME and AGE (CREATED AT for custom ones as the server does).
Json MakeTable(const kube::ResourceInfo& resource, std::span<const Json> objects,
               const TableOptions& options, WallTime now);

/// metav1.PartialObjectMetadata of an object.
Json PartialMetadata(const Json& object);

/// A column of a table.
struct Column {
  // Implicit, so that a table of columns reads as one.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Column(std::string name_in, std::string type_in = "string", std::string format_in = {},
         int priority_in = 0)
      : name(std::move(name_in)),
        type(std::move(type_in)),
        format(std::move(format_in)),
        priority(priority_in) {}

  std::string name, type, format;
  int priority;  ///< above 0: only with -o wide
};

/// How one kind is shown. `cells` gives one value per column.
struct TableKind {
  std::vector<Column> columns;
  Json (*cells)(const Json& object, WallTime now);
};

TableKind PodTable();
TableKind NodeTable();
TableKind EdgeNodeTable();
TableKind EdgeHubTable();

// Helpers for the cells.

/// "5s", "3m20s", "2d3h", "<invalid>" for the future, as kubectl's short human durations.
std::string HumanDuration(Duration age);
/// The age of the RFC 3339 time at `text`; "<unknown>" where it is none.
std::string AgeOf(const std::string& text, WallTime now);
std::string AgeOfObject(const Json& object, WallTime now);
/// The status of the condition of that type: "True", "False", "Unknown" or empty.
std::string ConditionStatus(const Json& object, std::string_view type);
std::string OrNone(std::string text);

}  // namespace edge::cloudhub::embedded
