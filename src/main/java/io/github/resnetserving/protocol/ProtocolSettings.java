package io.github.resnetserving.protocol;

import io.github.resnetserving.inference.Budget;
import java.time.Duration;

/**
 * What a request may be; the same as for the other endpoints.
 *
 * @param maxBodyBytes bytes of a body or message at most
 * @param maxImages pictures of a request at most
 * @param deadline how long a request may take that says nothing about it
 * @param bodies bytes of all bodies at most; no less than {@code maxBodyBytes}
 */
public record ProtocolSettings(int maxBodyBytes, int maxImages, Duration deadline, Budget bodies) {}
