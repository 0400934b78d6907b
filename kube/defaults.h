#pragma once

#include "common/json.h"
#include "kube/schema.h"

namespace edge::kube {

/// Normalizes (decode.h), then sets what the API server and its default admission plug-ins set on
/// an object of this kind: the table's `set=` values, imagePullPolicy by tag, requests from limits,
/// tolerations of not-ready and unreachable, stringData into data, and so on. Idempotent.
/// Needs an object that passed CheckTypes. Does not touch metadata that the store owns (uid,
/// resourceVersion, creationTimestamp, generation). Does not allocate (clusterIP, nodePort).
void Default(const Type& type, Json& object);

/// Default, and what is set at creation only (a Namespace's finalizer).
void DefaultNew(const Type& type, Json& object);

}  // namespace edge::kube
