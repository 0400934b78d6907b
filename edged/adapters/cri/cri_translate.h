#pragma once

#include "edged/ports/runtime.h"
#include "proto/runtime/v1/api.pb.h"

namespace edge::edged {

// The port's values in CRI's messages, and back. Pure.

void ToCri(const SandboxConfig& from, ::runtime::v1::PodSandboxConfig* to);
void ToCri(const ContainerConfig& from, ::runtime::v1::ContainerConfig* to);
void ToCri(const RegistryCredentials& from, ::runtime::v1::AuthConfig* to);

SandboxInfo FromCri(const ::runtime::v1::PodSandbox& from);
SandboxInfo FromCri(const ::runtime::v1::PodSandboxStatus& from);
ContainerInfo FromCri(const ::runtime::v1::Container& from);
ContainerInfo FromCri(const ::runtime::v1::ContainerStatus& from);
ImageInfo FromCri(const ::runtime::v1::Image& from);

}  // namespace edge::edged
