package io.fdwork.autoconfigure;

import java.net.InetAddress;
import java.util.Locale;

import io.fdwork.internal.worker.ApplicationProbes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementServerProperties;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.server.Ssl;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration that tells where the management server is, if it has a port of its
 * own: the daemon gets to know that of a worker, and the log that of the daemon.
 */
@AutoConfiguration(before = FdworkAutoConfiguration.class)
@ConditionalOnClass({ ManagementPortType.class, Ssl.class })
@ConditionalOnRole({ Role.DAEMON, Role.WORKER })
@ConditionalOnWebApplication
public final class FdworkManagementAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(FdworkManagementAutoConfiguration.class);

	/**
	 * Nobody else says the path, nor the port if it was chosen.
	 */
	@Bean
	@ConditionalOnRole({ Role.DAEMON, Role.WORKER })
	ApplicationListener<ApplicationReadyEvent> fdworkManagementReporter(ApplicationProbes.Management management,
			FdworkProperties properties) {
		return (event) -> {
			String address = management.get();
			if (address != null) {
				logger.info("The endpoints of this {} are at {}", properties.getRole().name().toLowerCase(Locale.ROOT),
						address);
			}
		};
	}

	@Bean
	ApplicationProbes.Management fdworkManagementAddress(Environment environment,
			ObjectProvider<ManagementServerProperties> server, ObjectProvider<WebEndpointProperties> endpoints) {
		ManagementServerProperties properties = server.getIfAvailable();
		return (properties != null) ? new ManagementAddress(environment, properties,
				endpoints.stream().map(WebEndpointProperties::getBasePath).findFirst().orElse("")) : () -> null;
	}

	/**
	 * The address of a management server whose port is known when it has started, which
	 * the worker does not wait for.
	 */
	private record ManagementAddress(Environment environment, ManagementServerProperties properties,
			String basePath) implements ApplicationProbes.Management {

		@Override
		public @Nullable String get() {
			if (ManagementPortType.get(this.environment) != ManagementPortType.DIFFERENT) {
				return null;
			}
			Integer port = this.environment.getProperty("local.management.port", Integer.class);
			return (port != null && port > 0) ? address(port) : null;
		}

		private String address(int port) {
			String scheme = (Ssl.isEnabled(this.properties.getSsl())) ? "https" : "http";
			String path = this.properties.getBasePath() + this.basePath;
			return scheme + "://" + host(this.properties.getAddress()) + ":" + port + path;
		}

		/**
		 * The daemon, and whoever asks it, is on this machine.
		 */
		private static String host(@Nullable InetAddress address) {
			if (address == null || address.isAnyLocalAddress()) {
				return "127.0.0.1";
			}
			String host = address.getHostAddress();
			return (host.contains(":")) ? "[" + host + "]" : host;
		}

	}

}
