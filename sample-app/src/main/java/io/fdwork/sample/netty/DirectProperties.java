package io.fdwork.sample.netty;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the {@link DirectServer} serves.
 *
 * @param directPort where it listens, on the loopback address; 0 for none
 * @param directReusePort whether other JVMs may listen on the same port (SO_REUSEPORT)
 * @param directEventLoops how many event loops it has; as many as there are processors by
 * default
 * @param directConcurrency how many connections it has at most at a time, the others wait
 * in its backlog; as many as come by default
 */
@ConfigurationProperties("sample")
public record DirectProperties(@DefaultValue("0") int directPort, @DefaultValue("false") boolean directReusePort,
		@Nullable Integer directEventLoops, @Nullable Integer directConcurrency) {
}
