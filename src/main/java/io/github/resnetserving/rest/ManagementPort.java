package io.github.resnetserving.rest;

import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementServerProperties;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.servlet.ConfigurableServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * What a management port of its own ({@code management.server.port}) shares with the other one: the
 * rules of access, which Spring would leave behind, and the address, where it is given none. Spring
 * finds this class by its name in {@code META-INF/spring}.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@Import(AccessFilter.class)
class ManagementPort {

  /** Runs after Spring's own customizer, which sets the address to all where none is given. */
  @Bean
  @Order(Ordered.LOWEST_PRECEDENCE)
  WebServerFactoryCustomizer<ConfigurableServletWebServerFactory> managementAddress(
      ServerProperties server, ManagementServerProperties management) {
    return factory -> {
      if (management.getAddress() == null) {
        factory.setAddress(server.getAddress());
      }
    };
  }
}
