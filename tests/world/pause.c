// What a pod's sandbox runs: nothing, until told to stop; and it reaps what it inherits when the
// pod's containers share its process namespace.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void OnStop(int signal) {
  (void)signal;
  _exit(0);
}

static void OnChild(int signal) {
  (void)signal;
  while (waitpid(-1, 0, WNOHANG) > 0) {
  }
}

int main(void) {
  signal(SIGINT, OnStop);
  signal(SIGTERM, OnStop);
  signal(SIGCHLD, OnChild);
  for (;;) pause();
}
