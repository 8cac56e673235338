package io.github.resnetserving.models.download;

/**
 * What a file's SHA-256 must be.
 *
 * @param digits the digest's hexadecimal digits, or the first of them
 * @param reason who says so, as the message's end: "…, but REASON"
 */
record ExpectedDigest(String digits, String reason) {

  boolean accepts(String sha256) {
    return sha256.startsWith(digits);
  }
}
