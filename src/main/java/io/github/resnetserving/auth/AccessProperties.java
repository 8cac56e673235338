package io.github.resnetserving.auth;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who may ask.
 *
 * @param keys API keys, each with {@code name}, {@code sha256} and {@code rights}; without any,
 *     every client may send requests. The command {@code keys new} makes one
 * @param anonymous allow the production profile to listen on the network without API keys
 * @param openMetrics whether {@code /actuator/prometheus} needs no key
 * @param adminKeyDir the folder for the admin key that a server without keys writes at its start
 *     for its own user, as {@code admin-PORT.header}; absent for none. Default: {@code
 *     resnet.cache-dir}, and absent in the production profile
 * @param keylessAdministration whether programs on this machine may administer a server without
 *     keys and without that file. Only for machines without a proxy: many proxies look like a local
 *     program
 */
@ConfigurationProperties("resnet.access")
public record AccessProperties(
    @DefaultValue List<ApiKey> keys,
    @DefaultValue("false") boolean anonymous,
    @DefaultValue("false") boolean openMetrics,
    @Nullable Path adminKeyDir,
    @DefaultValue("false") boolean keylessAdministration) {

  public AccessProperties {
    keys = List.copyOf(keys);
    var _ = new ApiKeys(keys); // refuses bad ones
  }
}
