package io.github.resnetserving.access;

/**
 * Who may do what.
 *
 * @param openMetrics whether metrics need no key
 */
public record AccessSettings(ApiKeys keys, boolean openMetrics) {}
