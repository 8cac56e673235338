package io.github.resnetserving.models.download;

import java.io.IOException;
import java.util.Optional;

/** Brings published files, checked, to where they are put together. */
interface FileSource {

  /** Brings a file, or nothing if there is none of that name. */
  Optional<DownloadedFile> bring(RemoteFile file) throws IOException, InterruptedException;
}
