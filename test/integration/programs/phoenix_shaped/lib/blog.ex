defmodule Blog.Repo do
  use Ecto.Repo
end

defmodule Blog.Posts.Post do
  use Ecto.Schema
  schema("posts", id: nil, title: nil, body: nil, views: 0, status: :draft)

  def changeset(post, params) do
    post
    |> cast(params, [:title, :body])
    |> validate_required([:title])
    |> validate_length(:title, max: 120)
    |> unique_constraint(:title)
  end

  def published?(post), do: post.status == :published
  def title(post), do: post.title
end

defmodule Blog.Posts do
  alias Blog.Posts.Post
  alias Blog.{Moderator, Repo}

  def list_posts do
    Post
    |> Repo.all()
    |> Enum.filter(&Post.published?/1)
  end

  def get_post!(id), do: Repo.get!(Post, id)

  def create_post(params) do
    with {:ok, post} <- %Post{} |> Post.changeset(params) |> Repo.insert() do
      broadcast({:post_created, post})
      Blog.SearchIndex.put(post)
      {:ok, post}
    end
  end

  def publish_post(post, author) do
    Repo.transaction(fn ->
      case Moderator.check(post) do
        :ok -> Repo.update(Post.changeset(post, %{status: :published}))
        {:error, why} -> Repo.rollback({why, author})
      end
    end)
  end

  def change_post(post, params \\ %{}), do: Post.changeset(post, params)

  def import_posts(lines) do
    for line <- lines, post = parse(line), do: create_post(post)
  end

  def word_count(post), do: count_words(String.split(post.body), 0)

  defp count_words([], count), do: count
  defp count_words([_ | rest], count), do: count_words(rest, count + 1)

  defp parse(line) do
    [title, body] = String.split(line, ";")
    %{title: String.trim(title), body: body}
  rescue
    MatchError -> nil
  end

  defp broadcast(message), do: Phoenix.PubSub.broadcast(Blog.PubSub, "posts", message)

  defmacro is_draft(post), do: quote(do: unquote(post).status == :draft)
end

defmodule Blog.SearchIndex do
  @table :blog_search
  def new, do: :ets.new(@table, [:named_table, :public])

  def put(post) do
    for word <- String.split(post.body), do: :ets.insert(@table, {normal(word), post.id})
    :ok
  end

  def find(word), do: :ets.lookup(@table, normal(word))
  defp normal(word), do: String.downcase(word)
end

defmodule Blog.Moderator do
  use GenServer
  defstruct checked: 0, banned: []

  def start_link(options), do: GenServer.start_link(__MODULE__, options, name: __MODULE__)
  def check(post), do: GenServer.call(__MODULE__, {:check, post})
  def ban(word), do: GenServer.cast(__MODULE__, {:ban, word})

  @impl true
  def init(options) do
    Process.send_after(self(), :report, 60_000)
    {:ok, %__MODULE__{banned: Keyword.get(options, :banned, [])}, {:continue, :load}}
  end

  @impl true
  def handle_continue(:load, state) do
    Blog.SearchIndex.new()
    {:noreply, state}
  end

  @impl true
  def handle_call({:check, post}, _from, state) do
    answer = if banned?(post, state), do: {:error, :banned}, else: :ok
    {:reply, answer, %{state | checked: state.checked + 1}}
  end

  @impl true
  def handle_cast({:ban, word}, state), do: {:noreply, %{state | banned: [word | state.banned]}}

  @impl true
  def handle_info(:report, state) do
    Process.send_after(self(), :report, 60_000)
    {:noreply, state}
  end

  defp banned?(post, state), do: Enum.any?(state.banned, &String.contains?(post.body, &1))
end

defmodule Blog.Mailer do
  use Oban.Worker

  @impl true
  def perform(job) do
    case fetch(job.args["url"]) do
      {:ok, page} -> File.write!("/tmp/mail", page)
      :error -> raise ArgumentError, "no such page"
    end
  end

  defp fetch(url) do
    :httpc.request(url)
  catch
    :exit, _ -> :error
  end
end

defmodule Blog.Rooms do
  def join(room) do
    {:ok, _} = Registry.register(Blog.Registry, room, self())
    spawn_link(fn -> watch(room) end)
  end

  defp watch(room) do
    receive do
      {:say, text} ->
        for {pid, _} <- Registry.lookup(Blog.Registry, room), do: send(pid, {:said, room, text})
        watch(room)

      :stop ->
        :ok
    end
  end
end

defmodule Blog.Application do
  use Application

  @impl true
  def start(_type, _args) do
    children = [Blog.Moderator, {Registry, keys: :duplicate, name: Blog.Registry}, BlogWeb.Endpoint]
    Supervisor.start_link(children, strategy: :one_for_one)
  end
end
