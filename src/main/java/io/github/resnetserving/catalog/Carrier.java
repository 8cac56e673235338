package io.github.resnetserving.catalog;

import java.io.IOException;
import java.util.Optional;

/** Brings published files, checked, to where they are put together. */
interface Carrier {

  /** Brings a file, or nothing if there is none of that name. */
  Optional<BroughtFile> bring(RemoteFile file) throws IOException, InterruptedException;
}
