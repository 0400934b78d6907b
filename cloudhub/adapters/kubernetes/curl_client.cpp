#include "cloudhub/adapters/kubernetes/curl_client.h"

namespace edge::cloudhub::kubernetes {
namespace {

constexpr long kCallConnections = 4, kUrgentConnections = 1;

class CurlExchange final : public HttpExchange {
 public:
  CurlExchange(CurlPool& pool, std::shared_ptr<CurlTransfer> transfer)
      : pool_(pool), transfer_(std::move(transfer)) {
    pool_.Add(transfer_);
  }
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;
  ~CurlExchange() override {
    transfer_->Abandon();
    pool_.Remove(*transfer_);
  }

 private:
  CurlPool& pool_;
  const std::shared_ptr<CurlTransfer> transfer_;
};

}  // namespace

Result<std::unique_ptr<CurlClient>> CurlClient::Open(Loop& loop,
                                                     const std::string& kubeconfig_path) {
  EDGE_RETURN_IF_ERROR(StartCurl());
  EDGE_ASSIGN_OR_RETURN(std::unique_ptr<Credentials> credentials,
                        Credentials::Open(kubeconfig_path, loop.clock()));
  return std::unique_ptr<CurlClient>(new CurlClient(loop, std::move(credentials)));
}

CurlClient::CurlClient(Loop& loop, std::unique_ptr<Credentials> credentials)
    : credentials_(std::move(credentials)),
      calls_(loop, kCallConnections),
      urgent_(loop, kUrgentConnections),
      watches_(loop, 0) {}

CurlPool& CurlClient::PoolOf(HttpLane lane) {
  switch (lane) {
    case HttpLane::kUrgent: return urgent_;
    case HttpLane::kWatch: return watches_;
    case HttpLane::kCall: break;
  }
  return calls_;
}

std::unique_ptr<HttpExchange> CurlClient::Start(HttpRequest request, HttpSink& sink) {
  CurlPool& pool = PoolOf(request.lane);
  auto transfer =
      std::make_shared<CurlTransfer>(std::move(request), credentials_->Current(), sink,
                                     [&pool](CurlTransfer& ready) { pool.MarkReady(ready); });
  sink.OnSent();
  return std::make_unique<CurlExchange>(pool, std::move(transfer));
}

}  // namespace edge::cloudhub::kubernetes
