package io.fdwork.internal.serve.warmup;

import java.util.function.Supplier;

import io.fdwork.internal.worker.WarmUpKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

import org.springframework.context.support.StaticApplicationContext;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.reactive.accept.HeaderContentTypeResolver;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.reactive.result.method.annotation.ResponseBodyResultHandler;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;

/**
 * Answers the requests of a warm-up with what WebFlux calls controllers with, and the
 * codecs of the application, but without its filters, handlers and meters.
 */
public final class ReactiveWarmUp {

	private static final Logger logger = LoggerFactory.getLogger(ReactiveWarmUp.class);

	private final WarmUpKey key;

	private final Supplier<HttpHandler> handler;

	/**
	 * Create what answers.
	 * @param key tells the requests of a warm-up
	 * @param codecs the codecs of the application, asked for when the first comes
	 */
	public ReactiveWarmUp(WarmUpKey key, Supplier<ServerCodecConfigurer> codecs) {
		this.key = key;
		this.handler = SingletonSupplier.of(() -> handler(codecs.get()));
	}

	/**
	 * Return a handler that answers the requests of a warm-up itself.
	 * @param handler handles all others
	 * @return the handler
	 */
	public HttpHandler before(HttpHandler handler) {
		return (request,
				response) -> (this.key.isUsed() && this.key.isIn(request.getHeaders().getFirst(WarmUpKey.HEADER)))
						? this.handler.get().handle(request, response) : handler.handle(request, response);
	}

	private static HttpHandler handler(ServerCodecConfigurer codecs) {
		return WebHttpHandlerBuilder.webHandler(new Controllers(codecs)).codecConfigurer(codecs).build();
	}

	/**
	 * Calls the methods.
	 */
	private static final class Controllers implements WebHandler {

		private final RequestMappingHandlerAdapter adapter = new RequestMappingHandlerAdapter();

		private final ResponseBodyResultHandler results;

		Controllers(ServerCodecConfigurer codecs) {
			// The advice of the application is not for these
			StaticApplicationContext context = new StaticApplicationContext();
			context.refresh();
			this.adapter.setApplicationContext(context);
			this.adapter.setMessageReaders(codecs.getReaders());
			try {
				this.adapter.afterPropertiesSet();
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
			this.results = new ResponseBodyResultHandler(codecs.getWriters(), new HeaderContentTypeResolver());
		}

		@Override
		public Mono<Void> handle(ServerWebExchange exchange) {
			return this.adapter.handle(exchange, WarmUpMethods.of(exchange.getRequest().getMethod().name()))
				.flatMap((result) -> this.results.handleResult(exchange, result))
				.onErrorResume((ex) -> {
					// Without a codec for JSON, for instance. The server answers anyway
					logger.debug("{} has warmed up less than it could", exchange.getRequest().getPath(), ex);
					return Mono.empty();
				});
		}

	}

}
