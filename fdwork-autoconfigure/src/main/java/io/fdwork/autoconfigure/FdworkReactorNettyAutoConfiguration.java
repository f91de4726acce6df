package io.fdwork.autoconfigure;

import io.fdwork.internal.serve.reactor.PortlessNettyWebServerFactory;
import io.fdwork.internal.serve.reactor.ReactorNettyServer;
import io.fdwork.internal.serve.warmup.ReactiveWarmUp;
import io.fdwork.internal.worker.WarmUpKey;
import io.fdwork.internal.worker.Worker;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.reactor.netty.NettyRouteProvider;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.boot.web.server.reactive.ReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.reactive.DispatcherHandler;

/**
 * Auto-configuration that serves works with an application on Reactor Netty: its main web
 * server binds no port, that is the daemon's.
 */
@AutoConfiguration(before = FdworkAutoConfiguration.class,
		beforeName = "org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration")
@ConditionalOnClass(NettyReactiveWebServerFactory.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnRole({ Role.DAEMON, Role.WORKER })
@ConditionalOnMissingBean(ReactiveWebServerFactory.class)
public final class FdworkReactorNettyAutoConfiguration {

	@Bean
	@ConditionalOnServingWebServer
	ReactorNettyServer fdworkReactorNettyServer(ObjectProvider<Worker> worker, FdworkProperties properties,
			Environment environment) {
		// The worker asks this server how many connections it takes, so it comes later
		return new ReactorNettyServer(SingletonSupplier.of(() -> worker.getObject().idleReturn()),
				new PropertiesMapper(properties, environment).idleReturn());
	}

	@Bean
	PortlessNettyWebServerFactory fdworkPortlessNettyWebServerFactory(ObjectProvider<ReactorNettyServer> server,
			FdworkProperties properties, Environment environment, ObjectProvider<ReactorResourceFactory> resources,
			ObjectProvider<NettyRouteProvider> routes, ObjectProvider<NettyServerCustomizer> customizers,
			ObjectProvider<ReactiveWarmUp> warmUp) {
		PortlessNettyWebServerFactory factory = PortlessNettyWebServerFactory.forMainServer(server.getIfAvailable(),
				new PropertiesMapper(properties, environment).clientPort());
		warmUp.ifAvailable((available) -> factory.decorateHandler(available::before));
		// As Boot's own
		resources.ifAvailable(factory::setResourceFactory);
		routes.orderedStream().forEach(factory::addRouteProviders);
		factory.getServerCustomizers().addAll(customizers.orderedStream().toList());
		return factory;
	}

	/**
	 * The warm-up of an application with WebFlux.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(DispatcherHandler.class)
	static class WarmUpConfiguration {

		@Bean
		@ConditionalOnServingWebServer
		WarmUpKey fdworkWarmUpKey() {
			return new WarmUpKey();
		}

		@Bean
		@ConditionalOnServingWebServer
		ReactiveWarmUp fdworkReactiveWarmUp(WarmUpKey fdworkWarmUpKey, ObjectProvider<ServerCodecConfigurer> codecs) {
			return new ReactiveWarmUp(fdworkWarmUpKey, () -> codecs.getIfAvailable(ServerCodecConfigurer::create));
		}

	}

}
