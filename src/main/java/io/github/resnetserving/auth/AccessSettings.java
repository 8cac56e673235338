package io.github.resnetserving.auth;

/**
 * Who may do what, and which paths that concerns.
 *
 * @param openMetrics whether metrics need no key
 * @param actuatorPath below which the management endpoints lie, such as {@code /actuator}; empty
 *     for the root
 */
public record AccessSettings(AccessPolicy policy, boolean openMetrics, String actuatorPath) {}
