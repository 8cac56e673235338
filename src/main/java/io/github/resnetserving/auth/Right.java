package io.github.resnetserving.auth;

/** What a key may do. */
public enum Right {
  /** Ask for answers, and which models there are. */
  INFER,
  /** Load, replace and unload models, and use management endpoints that change or reveal more. */
  ADMIN
}
