#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cloudhub/adapters/embedded/api_types.h"
#include "cloudhub/adapters/embedded/http_watch.h"
#include "cloudhub/adapters/embedded/registry.h"

namespace edge::cloudhub::embedded {

// What a request's URL, query and body ask for. The readers return a refusal, or nullopt.

enum class Resolution { kResource, kUnknownResource, kNoResource };

/// Which resource, namespace, name and subresource a path is about.
Resolution ResolveTarget(const std::vector<std::string>& segments, Target& target);

std::string Query(const std::map<std::string, std::string>& query, const std::string& key);
bool IsTrue(const std::map<std::string, std::string>& query, const std::string& key);
bool HasVerb(const kube::ResourceInfo& resource, std::string_view verb);
/// The query's includeObject, of tables.
std::string IncludeObject(const std::map<std::string, std::string>& query);

/// The body and options of a POST, PUT or PATCH.
std::optional<Answer> ReadWrite(const ApiRequest& request, WriteOptions& options, Json& body);
/// What a list's or a watch's resourceVersionMatch and sendInitialEvents may not be together.
std::optional<Answer> CheckListOptions(const std::map<std::string, std::string>& query, bool watch);
/// The options of a DELETE, from its query and its body.
std::optional<Answer> ReadDelete(const ApiRequest& request, DeleteOptions& options);
std::optional<Answer> ReadWatch(const ApiRequest& request, const Target& target,
                                std::int64_t current, WatchOptions& options);

/// The PartialObjectMetadata of an object, or the list of them.
Json PartialList(std::span<const Json> objects, bool is_list);

}  // namespace edge::cloudhub::embedded
