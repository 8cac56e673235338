package io.github.resnetserving.auth;

import java.nio.file.Path;
import java.util.Optional;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Says who may ask and who may administer, and refuses to start a server that is open by mistake.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(AccessProperties.class)
public class AccessConfiguration {

  @Bean
  AdminKey adminKey(AccessProperties access) {
    Path folder = access.adminKeyDir();
    return access.keys().isEmpty() && folder != null ? AdminKey.in(folder) : AdminKey.none();
  }

  @Bean
  AccessSettings accessSettings(AccessProperties access, Environment environment, AdminKey adminKey)
      throws ExposedServerException {
    ApiKeys keys = new ApiKeys(access.keys().stream().map(AccessProperties.Key::toApiKey).toList());
    boolean isProduction = environment.matchesProfiles("production");
    if (isProduction && keys.isOpen() && !access.anonymous()) {
      requireLoopback(environment);
    }
    Optional<ApiKey> startKey = adminKey.key();
    String actuator =
        environment.getProperty("management.endpoints.web.base-path", "/actuator").strip();
    return new AccessSettings(
        new AccessPolicy(keys, startKey, access.keylessAdministration()),
        access.openMetrics(),
        actuator.equals("/") ? "" : actuator);
  }

  /** Checks every address on which a server without keys would listen. */
  private static void requireLoopback(Environment environment) throws ExposedServerException {
    String address = environment.getProperty("server.address");
    ExposedServerException.requireLoopback(address);
    if (environment.getProperty("spring.grpc.server.enabled", Boolean.class, true)) {
      ExposedServerException.requireLoopback(environment.getProperty("spring.grpc.server.address"));
    }
    if (environment.containsProperty("management.server.port")) {
      ExposedServerException.requireLoopback(
          environment.getProperty("management.server.address", String.valueOf(address)));
    }
  }
}
