#include <fcntl.h>
#include <unistd.h>

#include "common/file.h"
#include "edged/adapters/cri/cri_client.h"
#include "edged/adapters/cri/cri_runtime.h"
#include "edged/adapters/cri/cri_translate.h"

namespace edge::edged {
namespace {

Status FlushFileSystem(const std::string& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return ErrnoStatus("open the image store", folder);
  const bool flushed = syncfs(descriptor) == 0;
  const Status status = flushed ? Status::Ok() : ErrnoStatus("flush the image store", folder);
  close(descriptor);
  return status;
}

}  // namespace

Result<std::optional<ImageInfo>> CriRuntime::ImageStatus(const std::string& image) {
  cri::ImageStatusRequest request;
  cri::ImageStatusResponse reply;
  request.mutable_image()->set_image(image);
  EDGE_RETURN_IF_ERROR(client_->Call(client_->images(), &ImageStub::ImageStatus, request, &reply,
                                     options_.query_deadline, "look for image " + image));
  if (!reply.has_image()) return std::optional<ImageInfo>();
  return std::optional<ImageInfo>(FromCri(reply.image()));
}

Result<std::string> CriRuntime::PullImage(const std::string& image,
                                          const std::optional<RegistryCredentials>& credentials) {
  cri::PullImageRequest request;
  cri::PullImageResponse reply;
  request.mutable_image()->set_image(image);
  if (credentials) ToCri(*credentials, request.mutable_auth());
  EDGE_RETURN_IF_ERROR(client_->Call(client_->images(), &ImageStub::PullImage, request, &reply,
                                     options_.pull_deadline, "pull image " + image));
  if (!options_.image_store.empty()) {
    EDGE_RETURN_IF_ERROR(FlushFileSystem(options_.image_store).WithContext("pull image " + image));
  }
  return reply.image_ref();
}

Result<std::vector<ImageInfo>> CriRuntime::ListImages() {
  cri::ListImagesRequest request;
  cri::ListImagesResponse reply;
  EDGE_RETURN_IF_ERROR(client_->Call(client_->images(), &ImageStub::ListImages, request, &reply,
                                     options_.query_deadline, "list images"));
  std::vector<ImageInfo> images;
  for (const cri::Image& image : reply.images()) images.push_back(FromCri(image));
  return images;
}

Status CriRuntime::RemoveImage(const std::string& image) {
  cri::RemoveImageRequest request;
  cri::RemoveImageResponse reply;
  request.mutable_image()->set_image(image);
  return client_->Call(client_->images(), &ImageStub::RemoveImage, request, &reply,
                       options_.life_deadline, "remove image " + image);
}

}  // namespace edge::edged
