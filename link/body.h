#pragma once

#include "common/status.h"
#include "proto/edge/v1/link.pb.h"
#include "sync/messages.h"

namespace edge::link {

// One message to and from the wire. Pack takes the header because a heartbeat does not repeat what
// stands there. Unpack's errors: kInvalidArgument for a field out of its bounds, kUnimplemented for
// a message of a later version.

void Pack(const sync::Header& header, const sync::UpMessage& message, edge::v1::UpMessage& out);
void Pack(const sync::Header& header, const sync::DownMessage& message, edge::v1::DownMessage& out);

Result<sync::UpMessage> Unpack(const sync::Header& header, const edge::v1::UpMessage& message);
Result<sync::DownMessage> Unpack(const sync::Header& header, const edge::v1::DownMessage& message);

}  // namespace edge::link
