/**
 * Checks what runs the service in a cluster: the chart under {@code helm/} and the manifests under
 * {@code k8s/}. In: values. Out: objects of Kubernetes, read so strictly that an unknown field
 * fails. Nothing is applied anywhere.
 */
@NullMarked
package io.github.resnetserving.cluster;

import org.jspecify.annotations.NullMarked;
