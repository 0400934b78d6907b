#pragma once

namespace edge::edged {

// Labels and annotations on every sandbox and container that we make. They are how we know our own
// after a crash (design.md 14), so they may gain members but never change their meaning.

/// Ours are those that carry this label with our node's name; nothing else is ever touched.
inline constexpr char kLabelNode[] = "edge.kubeedge.io/node";
/// The well-known four, which crictl and log collectors read.
inline constexpr char kLabelPodName[] = "io.kubernetes.pod.name";
inline constexpr char kLabelPodNamespace[] = "io.kubernetes.pod.namespace";
inline constexpr char kLabelPodUid[] = "io.kubernetes.pod.uid";
inline constexpr char kLabelContainerName[] = "io.kubernetes.container.name";

/// On containers: ContainerHash() of what they were made from.
inline constexpr char kAnnotationHash[] = "io.kubernetes.container.hash";
/// On containers: decimal; equals the CRI attempt.
inline constexpr char kAnnotationRestartCount[] = "io.kubernetes.container.restartCount";
/// On containers: decimal seconds; what a stop uses when the pod's object is gone.
inline constexpr char kAnnotationGrace[] = "io.kubernetes.pod.terminationGracePeriod";
/// On containers: the path inside, and "File" or "FallbackToLogsOnError".
inline constexpr char kAnnotationMessagePath[] = "io.kubernetes.container.terminationMessagePath";
inline constexpr char kAnnotationMessagePolicy[] =
    "io.kubernetes.container.terminationMessagePolicy";

}  // namespace edge::edged
