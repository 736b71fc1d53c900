defmodule BlogWeb.Endpoint do
  use Phoenix.Endpoint
end

defmodule BlogWeb.Router do
  use Phoenix.Router
  pipeline(:browser, [:fetch_current_user])

  def fetch_current_user(conn, _options) do
    user = get_session(conn, :user)
    assign(conn, :current_user, user)
  end
end

defmodule BlogWeb.RequireUser do
  @behaviour Plug
  import Plug.Conn

  @impl true
  def init(options), do: Keyword.put_new(options, :to, "/login")

  @impl true
  def call(conn, options) do
    case conn.assigns[:current_user] do
      nil -> conn |> put_status(302) |> assign(:to, options[:to]) |> halt()
      _ -> conn
    end
  end
end

defmodule BlogWeb.PostController do
  use Phoenix.Controller

  def index(conn, _params), do: render(conn, :index, posts: Blog.Posts.list_posts())

  def create(conn, %{"post" => params}) do
    case Blog.Posts.create_post(params) do
      {:ok, post} ->
        conn
        |> put_flash(:info, "created")
        |> redirect(to: path(post))

      {:error, changeset} ->
        render(conn, :new, changeset: changeset)
    end
  end

  defp path(post), do: "/posts/#{post.id}"
end

defmodule BlogWeb.PostLive do
  use Phoenix.LiveView

  @impl true
  def mount(%{"id" => id}, _session, socket) do
    Phoenix.PubSub.subscribe(Blog.PubSub, "posts")
    {:ok, assign(socket, post: Blog.Posts.get_post!(id))}
  end

  @impl true
  def handle_event("publish", _params, socket) do
    {:ok, post} = Blog.Posts.publish_post(socket.post, socket.user)
    {:noreply, assign(socket, post: post)}
  end

  def handle_event("like", %{"id" => id}, socket) do
    likes = Map.update(socket.likes, id, 1, &(&1 + 1))
    {:noreply, assign(socket, likes: likes)}
  end

  @impl true
  def handle_info({:post_created, post}, socket), do: {:noreply, stream_insert(socket, :posts, post)}

  @impl true
  def render(assigns) do
    heading = title(assigns)
    [heading, badge(assigns.post)]
  end

  defp title(assigns), do: Blog.Posts.Post.title(assigns.post)
  defp badge(post), do: if(Blog.Posts.Post.published?(post), do: "public", else: "draft")
end

defmodule BlogWeb.RoomChannel do
  use Phoenix.Channel

  @impl true
  def join("room:" <> room, _params, socket) do
    Blog.Rooms.join(room)
    {:ok, socket}
  end

  @impl true
  def handle_in("say", %{"text" => text}, socket) do
    broadcast!(socket, "said", %{text: text})
    {:noreply, socket}
  end
end
