#include "common/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace edge {
namespace {

Status KernelError(const char* call) {
  return Internal(std::string(call) + ": " + std::strerror(errno));
}

}  // namespace

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  if (this != &other) {
    if (valid()) close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

UniqueFd::~UniqueFd() {
  if (valid()) close(fd_);
}

Result<std::unique_ptr<Loop>> Loop::Create() {
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return KernelError("epoll_create1");
  UniqueFd wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return KernelError("eventfd");
  UniqueFd timer(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer.valid()) return KernelError("timerfd_create");
  for (const int fd : {wake.get(), timer.get()}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) return KernelError("epoll_ctl");
  }
  return std::unique_ptr<Loop>(new Loop(std::move(epoll), std::move(wake), std::move(timer)));
}

Loop::Loop(UniqueFd epoll, UniqueFd wake, UniqueFd timer)
    : epoll_(std::move(epoll)), wake_(std::move(wake)), timer_(std::move(timer)) {}

Loop::~Loop() = default;

void Loop::Wake() {
  const std::uint64_t one = 1;
  // A full counter (EAGAIN) wakes the loop just as well.
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof(one));
}

void Loop::Post(Task task) {
  bool first = false;
  {
    const MutexLock lock(mutex_);
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (first) Wake();
}

Timer Loop::After(Duration delay, Task task) {
  return timers_.Add(clock_.Boot() + delay, std::move(task));
}

Status Loop::Watch(int fd, std::uint32_t events, std::function<void(std::uint32_t)> ready) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  const int operation = watched_.count(fd) > 0 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(epoll_.get(), operation, fd, &event) != 0) return KernelError("epoll_ctl");
  watched_[fd] = std::make_shared<std::function<void(std::uint32_t)>>(std::move(ready));
  return Status::Ok();
}

void Loop::Unwatch(int fd) {
  if (watched_.erase(fd) > 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Loop::RunPosted() {
  std::vector<Task> tasks;
  {
    const MutexLock lock(mutex_);
    tasks.swap(posted_);
  }
  for (Task& task : tasks) {
    task();
    task = nullptr;  // what it captured goes before the next one runs
  }
}

void Loop::RunTimers() {
  // Only what was due on entry: a timer that re-arms itself at zero must not starve the rest.
  const BootTime now = clock_.Boot();
  while (Task task = timers_.TakeDue(now)) task();
}

void Loop::ArmTimer() {
  const std::optional<BootTime> next = timers_.Next();
  if (next == armed_) return;
  armed_ = next;
  itimerspec spec{};
  if (next) {
    const Duration at = std::max(next->time_since_epoch(), Duration(1));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at);
    spec.it_value.tv_sec = seconds.count();
    spec.it_value.tv_nsec = (at - seconds).count();
  }
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
}

void Loop::Dispatch(int fd, std::uint32_t events) {
  if (fd == wake_.get() || fd == timer_.get()) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = read(fd, &count, sizeof(count));
    if (fd == timer_.get()) armed_.reset();
    return;
  }
  const auto it = watched_.find(fd);
  if (it == watched_.end()) return;  // unwatched by an earlier callback of this round
  const auto ready = it->second;     // kept alive should the callback unwatch itself
  (*ready)(events);
}

void Loop::Run() {
  std::array<epoll_event, 32> events{};
  while (!stop_.load()) {
    RunPosted();
    RunTimers();
    ArmTimer();
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      Dispatch(event.data.fd, event.events);
    }
  }
  RunPosted();
  stop_.store(false);
}

void Loop::Stop() {
  stop_.store(true);
  Wake();
}

}  // namespace edge
