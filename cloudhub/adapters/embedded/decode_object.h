#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloudhub/adapters/embedded/registry.h"
#include "kube/schema.h"

namespace edge::cloudhub::embedded {

/// Reads what a client sent as an object of the kind: its kind and version, the types of its
/// fields, and fields that it has not or the text has twice, which are warned of, refused or
/// ignored, and dropped.
/// Returns the refusal, or nullopt.
std::optional<Answer> DecodeObject(const kube::ResourceInfo& resource, const WriteOptions& options,
                                   Json& object, std::vector<std::string>& warnings);

/// The same for the outcome of a patch, whose refusals are worded differently.
std::optional<Answer> DecodePatched(const kube::ResourceInfo& resource, const WriteOptions& options,
                                    Json& object, std::vector<std::string>& warnings);

const kube::Type& TypeOf(const kube::ResourceInfo& resource);

}  // namespace edge::cloudhub::embedded
